// Asks this browser to tell of news, and sends where its push service is reached with the form.
// The form stays hidden where the browser cannot; mail and short message come without it.

const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

export const canTell = (here = window) =>
  Boolean(here.navigator.serviceWorker && here.PushManager && here.Notification);

async function subscribed(form) {
  const registration = await navigator.serviceWorker.register(form.dataset.worker);
  const waiting = registration.installing ?? registration.waiting;
  if (!registration.active && waiting) {
    await new Promise((done) => {
      waiting.addEventListener("statechange", () => waiting.state === "activated" && done());
    });
  }
  const old = await registration.pushManager.getSubscription();
  if (old && encode(old.options.applicationServerKey) !== form.dataset.key) {
    await old.unsubscribe();
  }
  return registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: decode(form.dataset.key),
  });
}

async function isKnown(form) {
  const registration = await navigator.serviceWorker.getRegistration(form.dataset.worker);
  const found = await registration?.pushManager.getSubscription();
  if (!found) {
    return false;
  }
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(found.endpoint));
  return form.dataset.known.split(" ").includes(encode(digest));
}

export default function (form) {
  if (!canTell()) {
    return;
  }
  const state = form.querySelector("[data-state]");
  const button = form.querySelector("button");
  form.hidden = false;
  isKnown(form).then((known) => {
    if (known) {
      button.hidden = true;
      state.textContent = form.dataset.on;
    }
  });

  form.addEventListener("submit", async (event) => {
    if (form.elements.endpoint.value) {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    state.textContent = form.dataset.waiting;
    try {
      if ((await Notification.requestPermission()) !== "granted") {
        state.textContent = form.dataset.denied;
        return;
      }
      const { endpoint, keys } = (await subscribed(form)).toJSON();
      form.elements.endpoint.value = endpoint;
      form.elements.browser_key.value = keys.p256dh;
      form.elements.browser_secret.value = keys.auth;
      form.requestSubmit();
    } catch {
      state.textContent = form.dataset.failed;
    }
  });
}
