// Warns three minutes before the session ends and lets one stay, on every open tab alike.
// Without this file nothing is lost either: what is sent too late is kept until after signing in.

const WARNED_BEFORE = 180;
const MOST = 2 ** 31 - 1;

export default function (dialog) {
  const words = dialog.querySelector("[data-words]");
  let timer = 0;
  let over = false;

  const later = (seconds, deed) => {
    clearTimeout(timer);
    timer = setTimeout(deed, Math.min(Math.max(seconds, 1) * 1000, MOST));
  };

  const say = (text) => {
    if (words.textContent !== text) {
      words.textContent = text;
    }
  };

  const open = () => {
    if (!dialog.open) {
      dialog.returnValue = "";
      dialog.showModal();
      dialog.querySelector("h2").focus();
    }
  };

  const show = ({ seconds, atMost }) => {
    if (seconds <= 0) {
      over = true;
      say(dialog.dataset.over);
      open();
      return;
    }
    if (seconds > WARNED_BEFORE) {
      dialog.close("elsewhere");
      later(seconds - WARNED_BEFORE, look);
      return;
    }
    const minutes = Math.floor(seconds / 60);
    const left = minutes
      ? dialog.dataset.text.replace("{minutes}", minutes)
      : dialog.dataset.last;
    say(atMost <= seconds ? `${left} ${dialog.dataset.final}` : left);
    open();
    later(Math.min(30, seconds), look);
  };

  const look = async () => {
    try {
      const answer = await fetch(dialog.dataset.address, { headers: { Accept: "application/json" } });
      show(await answer.json());
    } catch {
      later(30, look);
    }
  };

  const stay = async () => {
    try {
      const answer = await fetch(dialog.dataset.address, {
        method: "POST",
        body: new URLSearchParams({ csrf_token: dialog.dataset.csrf }),
        headers: { Accept: "application/json" },
        redirect: "error",
      });
      show(await answer.json());
    } catch {
      look();
    }
  };

  dialog.addEventListener("close", () => {
    if (!over && dialog.returnValue !== "elsewhere") {
      stay();
    }
  });

  const left = (new Date(dialog.dataset.ends) - Date.now()) / 1000;
  later(left - WARNED_BEFORE, look);
}
