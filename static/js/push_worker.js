// Shows that there is something new. It keeps nothing, reads no page and answers no request.

const RINGS = ["waiting", "alarm"];

self.addEventListener("push", (event) => {
  let word = {};
  try {
    word = event.data?.json() ?? {};
  } catch {
    // Somebody else's word: say what is always true.
  }
  const text = typeof word.text === "string" ? word.text : "Es gibt etwas Neues.";
  const rings = RINGS.includes(word.tag); // the next one rings again, though it takes the same place
  const isAlarm = word.tag === "alarm";
  event.waitUntil(
    Promise.all([
      self.registration.showNotification(text, {
        tag: rings ? word.tag : "news",
        renotify: rings,
        requireInteraction: isAlarm,
        lang: word.language ?? "de",
        data: { path: ownPath(word.path) },
      }),
      isAlarm ? wakePages() : null,
    ]),
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

/** Let every open page look for a call at once: the browser lets a hidden one ask only now and then. */
async function wakePages() {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage("look");
}

/** Only pages of this portal are opened, whatever a word says. */
function ownPath(path) {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : "";
}

/** The open page that the word means; where it means none, any page that is open. */
function pageOf(pages, path) {
  return path ? pages.find((page) => page.url.split(/[?#]/)[0].endsWith(path)) : pages[0];
}
