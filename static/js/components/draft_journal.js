// Sends what was typed in a draft and has not arrived when its page was closed, or forgets it once the
// application is sent. Says in words what came of it. See `autosave/journal.js`.

import { Journal } from "../autosave/journal.js";

export default async function (element) {
  const words = element.dataset;
  const journal = new Journal(words.keys, words.journal);
  if (words.sent !== undefined) {
    await journal.forget();
    return;
  }

  const say = (text, links = []) => {
    element.textContent = text;
    for (const [href, label] of links) {
      const link = document.createElement("a");
      link.href = href;
      link.textContent = label;
      element.append(" ", link);
    }
    element.hidden = text === "";
  };

  const replay = async () => {
    const { outcome, saved, refused } = await journal.replay(words.csrf);
    if (outcome === "signed_out") {
      say(words.over, [[words.signIn, words.signInLabel]]);
    } else if (outcome === "offline" || outcome === "failed") {
      say(words.waiting);
    } else if (refused.length) {
      say([words.refused, ...new Set(refused)].join(" "));
    } else if (saved) {
      say(words.saved, [[location.href, words.reload]]);
    } else {
      say("");
    }
  };

  addEventListener("online", replay);
  await replay();
}
