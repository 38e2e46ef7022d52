// Shows, while it is typed, what the citizen will read when a document is asked for again.

const OWN_WORDS = "own_words";

function pages(numbers, texts) {
  if (numbers.length < 2) {
    return numbers.length ? texts.one.replace("#", numbers[0]) : "";
  }
  return texts.several.replace("##", numbers.at(-1)).replace("#", numbers.slice(0, -1).join(", "));
}

function dayIn(form) {
  const [day, month, year] = [...form.querySelectorAll("[name='due_on']")].map((one) => +one.value);
  const date = new Date(year, month - 1, day);
  const real = date.getFullYear() === year && date.getMonth() === month - 1;
  return real
    ? new Intl.DateTimeFormat(document.documentElement.lang, {
        weekday: "long",
        day: "numeric",
        month: "long",
        year: "numeric",
      }).format(date)
    : "";
}

export default function (preview) {
  const form = document.getElementById(preview.dataset.form);
  const show = () => {
    const chosen = form.querySelector("[name='reason']:checked");
    const ready = chosen && chosen.value !== OWN_WORDS ? chosen.labels[0].textContent.trim() : "";
    const marked = [...form.elements]
      .filter((one) => one.name === "pages" && one.checked)
      .map((one) => Number(one.value))
      .sort((one, other) => one - other);
    preview.querySelector("[data-sentence]").textContent = [
      ready,
      form.elements.words.value.trim(),
      pages(marked, preview.dataset),
    ]
      .filter(Boolean)
      .join(" ");
    const day = dayIn(form);
    preview.querySelector("[data-until]").textContent = day ? preview.dataset.due.replace("#", day) : "";
  };
  document.addEventListener("input", (event) => event.target.form === form && show());
  show();
}
