// Shows that there is something new. It keeps nothing, reads no page and answers no request.

self.addEventListener("push", (event) => {
  let word = {};
  try {
    word = event.data?.json() ?? {};
  } catch {
    // Somebody else's word: say what is always true.
  }
  const text = typeof word.text === "string" ? word.text : "Es gibt etwas Neues.";
  event.waitUntil(
    self.registration.showNotification(text, { tag: "news", lang: word.language ?? "de" }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(
    self.clients
      .matchAll({ type: "window", includeUncontrolled: true })
      .then((pages) => pages[0]?.focus() ?? self.clients.openWindow("/")),
  );
});
