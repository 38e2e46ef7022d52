// The next talk in the form that ends one: shows what belongs to the choice, and the free times of the
// kind as soon as somebody asks for them. Without a script everything stands there, with a button.

export default function (root) {
  const more = root.querySelector("[data-more]");
  const times = root.querySelector("[data-times]");
  let asked = 0;
  root.querySelector("[data-without-script]").remove();
  root.addEventListener("change", ({ target }) => {
    if (!["next_step", "next_kind", "next_after"].includes(target.name)) return;
    show();
    if (chosen() === "book") look();
  });
  show();

  function chosen() {
    return root.querySelector("[name='next_step']:checked")?.value;
  }

  function show() {
    more.hidden = !["book", "invite"].includes(chosen());
    times.hidden = root.querySelector("[name='next_after']").closest(".kern-form-input").hidden =
      chosen() !== "book";
  }

  async function look() {
    const mine = ++asked;
    const address = new URL(root.dataset.from, location.href);
    for (const name of ["next_step", "next_kind", "next_after"]) {
      const field = root.querySelector(`select[name='${name}'], [name='${name}']:checked`);
      address.searchParams.set(name, field.value);
    }
    const answer = await fetch(address, {
      headers: { Accept: "application/json" },
      redirect: "error",
    }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const { words } = await answer.json();
    if (mine === asked) times.innerHTML = words;
  }
}
