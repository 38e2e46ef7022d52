// Asks the page again until the receipt is written, and puts its link in place of the waiting words.
// The place is a status region, so that a screen reader says it; nothing moves and no focus is lost.

const EVERY = 1000;
const TRIES = 60;

export default function (element) {
  const here = element.dataset.here;
  const place = element.querySelector(".receipt__paper");
  let left = here ? TRIES : 0;

  async function ask() {
    left -= 1;
    try {
      const answer = await fetch(here, { headers: { Accept: "text/html" } });
      const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
      const found = page?.querySelector(".receipt");
      if (found && !found.dataset.here) {
        place.replaceChildren(...found.querySelector(".receipt__paper").childNodes);
        return;
      }
    } catch {
      // No network for a moment: the next try may work, and the link stays.
    }
    again();
  }

  function again() {
    if (left > 0) {
      setTimeout(ask, EVERY);
    }
  }

  again();
}
