// Presses the button of a page that a link of ours has opened: one tap in the mail or short message leads into
// the waiting room. A page that was loaded again or restored presses nothing, and one that the browser has only
// prepared waits until somebody looks at it: being there goes on record, so a person must have come.

export default function (form) {
  const [came] = performance.getEntriesByType("navigation");
  if (came?.type !== "navigate") {
    return;
  }
  const press = () => form.requestSubmit(form.querySelector("button"));
  if (document.hidden) {
    document.addEventListener("visibilitychange", press, { once: true });
  } else {
    press();
  }
}
