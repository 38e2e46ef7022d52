// Reads a part of the page aloud with the voice of the device: paragraph by paragraph, each in its
// own language. Nothing leaves the device that the browser does not send itself: where there is a
// local voice it is taken.

const BLOCKS = "h1, h2, h3, p, li, dt, dd, caption, th, td";

const language = (element) => element.closest("[lang]")?.lang || "de";

const texts = (root) =>
  [...root.querySelectorAll(BLOCKS)]
    .filter((block) => !block.querySelector(BLOCKS) && !block.closest("[hidden], [aria-hidden]"))
    .map((block) => ({ text: block.textContent.replace(/\s+/g, " ").trim(), lang: language(block) }))
    .filter(({ text }) => text);

const voice = (lang) => {
  const fitting = speechSynthesis.getVoices().filter((one) => one.lang.startsWith(lang.slice(0, 2)));
  return fitting.find((one) => one.localService) ?? null;
};

export default function (button) {
  const target = document.getElementById(button.dataset.target);
  if (!target || !("speechSynthesis" in window)) {
    return;
  }
  const label = button.querySelector(".kern-label");
  const start = label.textContent;
  let speaking = false;

  const stop = () => {
    speaking = false;
    speechSynthesis.cancel();
    label.textContent = start;
  };

  const speak = () => {
    speechSynthesis.cancel();
    speaking = true;
    label.textContent = button.dataset.stop;
    const parts = texts(target).map(({ text, lang }) => {
      const part = new SpeechSynthesisUtterance(text);
      part.lang = lang;
      part.voice = voice(lang);
      part.rate = 0.95;
      return part;
    });
    if (!parts.length) {
      stop();
      return;
    }
    parts.at(-1).addEventListener("end", stop);
    for (const part of parts) {
      part.addEventListener("error", () => speaking && stop());
      speechSynthesis.speak(part);
    }
  };

  button.hidden = false;
  button.addEventListener("click", () => (speaking ? stop() : speak()));
  window.addEventListener("pagehide", stop);
}
