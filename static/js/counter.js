// Each sentence can be shown on the whole screen, heard and copied, where the browser can do that.

const template = document.querySelector("#phrase-actions");
const dialog = document.querySelector("#phrase-large");
const synthesis = window.speechSynthesis;
const voice = () => {
  // One on this device: others send the sentence elsewhere, and need a network.
  const voices = (synthesis?.getVoices() ?? []).filter(({ localService }) => localService);
  const french = voices.filter(({ lang }) => /^fr([-_]|$)/i.test(lang));
  return french.find(({ lang }) => /fr.fr/i.test(lang)) ?? french[0];
};
let lock = null;

async function keepAwake() {
  try {
    const granted = await navigator.wakeLock?.request("screen");
    if (dialog.open && !lock) lock = granted;
    else await granted?.release();
  } catch {
    // The battery is low, for example: the screen dims as ever.
  }
}

function show(text) {
  dialog.firstElementChild.textContent = text.replaceAll("-", "\u2011"); // “est-ce” stays on one line
  dialog.showModal();
  keepAwake();
}

function speak(text, { say, status }) {
  const utterance = new SpeechSynthesisUtterance(text);
  utterance.voice = voice() ?? null;
  utterance.lang = "fr-FR";
  utterance.rate = 0.9;
  utterance.onerror = ({ error }) => {
    // Else another sentence was started: no refusal.
    if (error !== "canceled" && error !== "interrupted") status.textContent = say.dataset.refused;
  };
  status.textContent = "";
  synthesis.cancel();
  synthesis.speak(utterance);
}

async function copy(text, { copy, status }) {
  try {
    await navigator.clipboard.writeText(text);
    status.textContent = copy.dataset.done;
  } catch {
    status.textContent = copy.dataset.refused;
  }
}

const rows = [...document.querySelectorAll(".phrases > li")].map((item) => {
  const actions = item.querySelector(".phrase-actions");
  const phrase = item.querySelector(".phrase");
  const text = phrase.querySelector("span").textContent;
  actions.append(template.content.cloneNode(true));
  const row = { status: actions.querySelector("[aria-live]") };
  phrase.id = `${item.id}-phrase`;
  for (const button of actions.querySelectorAll("button")) {
    row[button.value] = button;
    button.setAttribute("aria-describedby", phrase.id);
  }
  if (dialog.showModal) row.show.addEventListener("click", () => show(text));
  else row.show.remove();
  if (navigator.clipboard) row.copy.addEventListener("click", () => copy(text, row));
  else row.copy.remove();
  row.say.addEventListener("click", () => speak(text, row));
  return row;
});

const offerVoice = () => rows.forEach(({ say }) => (say.hidden = !voice()));
synthesis?.addEventListener?.("voiceschanged", offerVoice);
offerVoice();

dialog.addEventListener("close", () => {
  lock?.release().catch(() => {});
  lock = null;
});
// A page in the background loses the lock.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible" || !dialog.open) return;
  lock = null;
  keepAwake();
});
