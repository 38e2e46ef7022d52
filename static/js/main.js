// Every page works without this file. It moves the focus where the person must look,
// keeps a form from being sent twice, and loads the module of each `[data-component]` on the page.

const summary = document.querySelector("[data-error-summary]");
if (summary) {
  summary.focus();
}

const SENDING = 8000;

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method === "dialog") {
    return;
  }
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  // Long enough for a double click and a slow answer, short enough to try again after a lost network.
  form.dataset.sending = "yes";
  setTimeout(() => delete form.dataset.sending, SENDING);
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) {
    delete form.dataset.sending;
  }
});

const loaded = new Map();

export async function upgrade(root) {
  for (const element of root.querySelectorAll("[data-component]")) {
    for (const name of element.dataset.component.split(" ")) {
      if (element.dataset.upgraded?.split(" ").includes(name)) {
        continue;
      }
      element.dataset.upgraded = `${element.dataset.upgraded ?? ""} ${name}`.trim();
      if (!loaded.has(name)) {
        loaded.set(name, import(`./components/${name}.js`));
      }
      loaded.get(name).then(
        (module) => module.default(element),
        (error) => console.error(`component ${name}`, error),
      );
    }
  }
}

upgrade(document);
