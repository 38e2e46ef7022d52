// Keeps what is typed in a form on this device until it has arrived, and puts it back when the page is
// opened again. It lies there sealed (`sealed_store.js`). A text is known by the key that its page has
// drawn: once the server names this key as taken, the text is forgotten.

import { openStore } from "../sealed_store.js";

const PAUSE = 600;

/** Return the texts of a form by name: what a person types, no keys and no files. */
export function typedIn(form) {
  const fields = [...form.elements].filter((field) => field.matches("textarea, input[type=text]"));
  return Object.fromEntries(fields.map((field) => [field.name, field.value]));
}

/** Put texts back into fields that are still as the server sent them; tell whether any was. */
export function putBack(form, texts) {
  let changed = false;
  for (const [name, value] of Object.entries(texts)) {
    const field = form.elements.namedItem(name);
    if (value && field && "defaultValue" in field && field.value === "") {
      field.value = value;
      changed = true;
    }
  }
  return changed;
}

export default async function (element) {
  const form = element.closest("form");
  const { keys, place, key, taken, others } = element.dataset;
  const store = await openStore(keys);
  if (!form || !store) {
    return;
  }
  for (const name of [place, ...others.split(" ").filter(Boolean)]) {
    const kept = await store.get(name);
    if (kept && taken && kept.key === taken) {
      await store.remove(name);
    } else if (kept && name === place && putBack(form, kept.texts)) {
      form.elements.namedItem("key").value = kept.key; // still the same message
      element.hidden = false;
    }
  }

  let waits;
  const keep = async () => {
    clearTimeout(waits);
    const texts = typedIn(form);
    if (Object.values(texts).some((value) => value.trim())) {
      await store.put(place, { key: form.elements.namedItem("key").value || key, texts });
    } else {
      await store.remove(place);
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(waits);
    waits = setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", keep);
  addEventListener("pagehide", keep);
  if (Object.values(typedIn(form)).some((value) => value.trim())) {
    await keep(); // somebody was quicker than this script
  }

  element.querySelector("[data-deed=forget]").addEventListener("click", async () => {
    clearTimeout(waits);
    for (const name of Object.keys(typedIn(form))) {
      form.elements.namedItem(name).value = "";
    }
    form.elements.namedItem("key").value = key;
    await store.remove(place);
    element.hidden = true;
    form.querySelector("textarea").focus();
  });
}
