// Asks the device for a passkey, or to make one, and sends the answer with the form it stands in.
// The form stays hidden where the browser knows no passkeys; the page works without it.

const decode = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (sign) => sign.charCodeAt(0));

const encode = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const withBytes = (descriptors) => descriptors?.map((one) => ({ ...one, id: decode(one.id) }));

function forCreate(options) {
  return {
    ...options,
    challenge: decode(options.challenge),
    user: { ...options.user, id: decode(options.user.id) },
    excludeCredentials: withBytes(options.excludeCredentials),
  };
}

function forGet(options) {
  return {
    ...options,
    challenge: decode(options.challenge),
    allowCredentials: withBytes(options.allowCredentials),
  };
}

function asJson(credential) {
  const response = {};
  for (const name of [
    "clientDataJSON",
    "attestationObject",
    "authenticatorData",
    "signature",
    "userHandle",
  ]) {
    if (credential.response[name]) {
      response[name] = encode(credential.response[name]);
    }
  }
  return {
    id: credential.id,
    rawId: encode(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

export default function (form) {
  if (!window.PublicKeyCredential) {
    return;
  }
  form.hidden = false;
  const state = form.querySelector("[data-state]");
  let ready = false;

  const ask = async () => {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value });
    const answer = await fetch(form.dataset.task, {
      method: "POST",
      body,
      headers: { Accept: "application/json" },
      redirect: "error",
    });
    const task = await answer.json();
    if (!answer.ok) {
      throw new Error(task.message);
    }
    const credential =
      form.dataset.kind === "create"
        ? await navigator.credentials.create({ publicKey: forCreate(task.options) })
        : await navigator.credentials.get({ publicKey: forGet(task.options) });
    form.elements.step.value = task.step;
    form.elements.answer.value = JSON.stringify(asJson(credential));
  };

  form.addEventListener(
    "submit",
    async (event) => {
      if (ready) {
        return;
      }
      event.preventDefault();
      state.textContent = form.dataset.waiting;
      try {
        await ask();
        ready = true;
        form.requestSubmit();
      } catch {
        state.textContent = form.dataset.failed;
      }
    },
    { capture: true },
  );
}
