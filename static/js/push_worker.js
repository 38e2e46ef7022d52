// Shows that there is something new. It keeps nothing, reads no page and answers no request.

self.addEventListener("push", (event) => {
  let word = {};
  try {
    word = event.data?.json() ?? {};
  } catch {
    // Somebody else's word: say what is always true.
  }
  const text = typeof word.text === "string" ? word.text : "Es gibt etwas Neues.";
  const rings = word.tag === "waiting"; // the next one rings again, though it takes the same place
  event.waitUntil(
    self.registration.showNotification(text, {
      tag: rings ? "waiting" : "news",
      renotify: rings,
      lang: word.language ?? "de",
      data: { path: ownPath(word.path) },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path ?? "";
  event.waitUntil(
    self.clients
      .matchAll({ type: "window", includeUncontrolled: true })
      .then((pages) => (pageOf(pages, path)?.focus() ?? self.clients.openWindow(path || "/"))),
  );
});

/** Only pages of this portal are opened, whatever a word says. */
function ownPath(path) {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "";
}

/** The open page that the word means; where it means none, any page that is open. */
function pageOf(pages, path) {
  return path ? pages.find((page) => page.url.split(/[?#]/)[0].endsWith(path)) : pages[0];
}
