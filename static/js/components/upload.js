// Makes of two file inputs one list: picks add up, photos can be put in order or taken out again,
// and sending shows how far it is. Without this file the form works as it is, with one pick each.

const THUMB = 96;

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });

function sizeOf(file) {
  return file.size >= 1e6 ? `${number.format(file.size / 1e6)} MB` : `${Math.max(1, Math.round(file.size / 1000))} kB`;
}

function isPhoto(file) {
  return file.type.startsWith("image/") || /\.(jpe?g|png|heic|heif|tiff?)$/i.test(file.name);
}

function textButton(label, what, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "kern-btn kern-btn--tertiary";
  const words = document.createElement("span");
  words.className = "kern-label";
  const hidden = document.createElement("span");
  hidden.className = "sr-only";
  hidden.textContent = ` ${what}`;
  words.append(label, hidden);
  button.append(words);
  button.addEventListener("click", act);
  return button;
}

function picture(file) {
  const image = document.createElement("img");
  image.alt = "";
  image.width = THUMB;
  image.height = THUMB;
  image.src = URL.createObjectURL(file);
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  image.addEventListener("error", () => image.remove());
  return image;
}

export default function (form) {
  const words = form.dataset;
  const inputs = [...form.querySelectorAll("input[type=file]")];
  const together = form.querySelector(".upload__together");
  const picked = [];

  const list = document.createElement("ol");
  list.className = "upload__list";
  list.setAttribute("aria-label", words.list);
  list.hidden = true;
  const state = document.createElement("div");
  state.setAttribute("role", "status");
  together.before(list);
  form.append(state);

  function move(from, to) {
    picked.splice(to, 0, ...picked.splice(from, 1));
    show();
    list.children[to].querySelector("button")?.focus();
  }

  function remove(index) {
    picked.splice(index, 1);
    show();
    (list.children[Math.min(index, picked.length - 1)]?.querySelector("button") ?? inputs[0]).focus();
  }

  function row(file, index) {
    const item = document.createElement("li");
    item.className = "upload__file";
    if (isPhoto(file)) {
      item.append(picture(file));
    }
    const name = document.createElement("p");
    name.className = "upload__name";
    name.textContent = `${file.name}, ${sizeOf(file)}`;
    const deeds = document.createElement("p");
    deeds.className = "upload__deeds";
    if (index > 0) {
      deeds.append(textButton(words.up, file.name, () => move(index, index - 1)));
    }
    if (index < picked.length - 1) {
      deeds.append(textButton(words.down, file.name, () => move(index, index + 1)));
    }
    deeds.append(textButton(words.remove, file.name, () => remove(index)));
    item.append(name, deeds);
    return item;
  }

  function show() {
    list.replaceChildren(...picked.map(row));
    list.hidden = picked.length === 0;
    together.hidden = picked.filter(isPhoto).length < 2;
  }

  for (const input of inputs) {
    input.addEventListener("change", () => {
      picked.push(...input.files);
      input.value = "";
      show();
    });
  }

  function say(text, fraction) {
    state.className = "progress kern-progress";
    const label = document.createElement("label");
    label.className = "kern-label";
    label.htmlFor = "upload-progress";
    label.textContent = text;
    const bar = document.createElement("progress");
    bar.id = "upload-progress";
    bar.max = 100;
    if (fraction !== undefined) {
      bar.value = Math.round(100 * fraction);
    }
    state.replaceChildren(label, bar);
  }

  function fail(text) {
    const alert = document.createElement("p");
    alert.className = "kern-error";
    alert.textContent = text;
    state.className = "";
    state.replaceChildren(alert);
    delete form.dataset.sending;
  }

  // The page that came back knows what is wrong; the files picked stay where they are.
  function showErrors(html) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const summary = page.querySelector("[data-error-summary]");
    if (!summary) {
      fail(page.querySelector("main")?.innerText.trim() || words.failed);
      return;
    }
    document.querySelector("[data-error-summary]")?.remove();
    document.querySelector("h1").before(document.adoptNode(summary));
    state.replaceChildren();
    delete form.dataset.sending;
    summary.focus();
    summary.scrollIntoView();
  }

  form.addEventListener("submit", (event) => {
    if (picked.length === 0) {
      return;
    }
    event.preventDefault();
    const body = new FormData(form);
    for (const input of inputs) {
      body.delete(input.name);
    }
    for (const file of picked) {
      body.append("files", file, file.name);
    }
    const request = new XMLHttpRequest();
    request.open("POST", form.action || location.href);
    request.upload.addEventListener("progress", (sent) => say(words.sending, sent.loaded / sent.total));
    request.upload.addEventListener("load", () => say(words.sending));
    request.addEventListener("load", () => {
      if (request.status < 400) {
        location.assign(request.responseURL);
      } else {
        showErrors(request.responseText);
      }
    });
    for (const kind of ["error", "abort", "timeout"]) {
      request.addEventListener(kind, () => fail(words.failed));
    }
    say(words.sending, 0);
    request.send(body);
  });

  show();
}
