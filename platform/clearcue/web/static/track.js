// The page of a track. Plays it: the mix as a stream, or its stems through one mixer, with one place for both.
//
// Conventions: places are in seconds from the start; levels in decibels. Stems are decoded into
// memory when they are asked for, and all start at the same moment of the audio clock.

const page = document.getElementById("player");
const length = Number(page.dataset.seconds);
const playButton = document.getElementById("play");
const place = document.getElementById("place");
const now = document.getElementById("now");
const mixer = document.getElementById("mixer");
const unplayable = document.getElementById("unplayable");
const columns = 400;

const clock = (seconds) => {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

class Mix {
  constructor(element) {
    this.element = element;
  }
  get playing() {
    return !this.element.paused && !this.element.ended;
  }
  get place() {
    return this.element.currentTime;
  }
  async play(from) {
    if (Math.abs(this.element.currentTime - from) > 0.05) this.element.currentTime = from;
    await this.element.play();
  }
  pause() {
    this.element.pause();
  }
  seek(to) {
    this.element.currentTime = to;
  }
}

class Stems {
  constructor(context, tracks) {
    this.context = context;
    this.tracks = tracks; // [{buffer, gain}]
    this.sources = [];
    this.from = 0;
    this.started = null;
  }
  get playing() {
    return this.started !== null && this.place < length;
  }
  get place() {
    if (this.started === null) return this.from;
    return Math.min(this.from + Math.max(this.context.currentTime - this.started, 0), length);
  }
  async play(from) {
    await this.context.resume();
    this.stop();
    this.from = from;
    this.started = this.context.currentTime + 0.05;
    this.sources = this.tracks.map(({ buffer, gain }) => {
      const source = new AudioBufferSourceNode(this.context, { buffer });
      source.connect(gain);
      source.start(this.started, from);
      return source;
    });
  }
  pause() {
    this.from = this.place;
    this.stop();
  }
  seek(to) {
    if (this.playing) this.play(to);
    else this.from = to;
  }
  stop() {
    for (const source of this.sources) source.stop();
    this.sources = [];
    this.started = null;
  }
}

const mix = new Mix(document.getElementById("mix"));
let stems = null; // once they are loaded
let deck = mix;
let held = false; // the visitor is moving the place

function show() {
  const at = held ? Number(place.value) : deck.place;
  if (!held) place.value = at;
  now.textContent = clock(at);
  place.setAttribute("aria-valuetext", `${clock(at)} of ${clock(length)}`);
  const share = length ? at / length : 0;
  for (const heard of document.querySelectorAll(".wave .heard")) {
    heard.style.clipPath = `inset(0 ${100 * (1 - share)}% 0 0)`;
  }
  const playing = deck.playing;
  if (playButton.getAttribute("aria-pressed") !== String(playing)) {
    playButton.setAttribute("aria-pressed", String(playing));
    playButton.setAttribute("aria-label", playing ? "Pause" : "Play");
  }
  if (playing) requestAnimationFrame(show);
}

async function play() {
  try {
    await deck.play(deck.place >= length - 0.05 ? 0 : deck.place);
    unplayable.hidden = true;
  } catch (error) {
    if (error.name === "AbortError") return; // paused before it had begun
    unplayable.textContent = "The track cannot be played here. Download it below and play it.";
    unplayable.hidden = false;
  }
  show();
}

function toggle() {
  if (deck.playing) {
    deck.pause();
    show();
  } else {
    play();
  }
}

playButton.addEventListener("click", toggle);
place.addEventListener("input", () => {
  held = true;
  show();
});
place.addEventListener("change", () => {
  held = false;
  deck.seek(Number(place.value));
  show();
});
place.addEventListener("keydown", (event) => {
  const steps = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1, PageUp: 5, PageDown: -5 };
  if (event.key === " ") {
    toggle();
  } else if (event.key in steps) {
    deck.seek(Math.min(Math.max(deck.place + steps[event.key], 0), length));
    show();
  } else {
    return;
  }
  event.preventDefault();
});
for (const name of ["ended", "pause", "play", "seeked"]) {
  mix.element.addEventListener(name, show);
}

async function outline(svg) {
  const query = new URLSearchParams({ file: svg.dataset.file, columns });
  const answer = await fetch(`/v1/tracks/${page.dataset.track}/outline?${query}`);
  return answer.ok ? answer.json() : { low: [], high: [] };
}

// Draws outlines on one scale, so that what is louder looks louder.
async function draw(pictures) {
  const found = await Promise.all(pictures.map(outline));
  const peak = Math.max(0.05, ...found.flatMap(({ low, high }) => [...low, ...high]).map(Math.abs));
  pictures.forEach((svg, index) => {
    const { low, high } = found[index];
    const line = low
      .map((value, column) => {
        const x = (((column + 0.5) * columns) / low.length).toFixed(1);
        const top = 50 - (48 * Math.max(high[column], 0.01 * peak)) / peak;
        const bottom = 50 - (48 * Math.min(value, -0.01 * peak)) / peak;
        return `M${x} ${top.toFixed(1)}V${bottom.toFixed(1)}`;
      })
      .join("");
    for (const path of svg.querySelectorAll("path")) path.setAttribute("d", line);
  });
}

// --- the stems ---

const loadButton = document.getElementById("load");
const loading = document.getElementById("loading");

async function loadStems() {
  loadButton.disabled = true;
  const rows = [...mixer.querySelectorAll(".stem")];
  const context = new AudioContext();
  try {
    let done = 0;
    const tracks = await Promise.all(
      rows.map(async (row) => {
        const answer = await fetch(row.dataset.href);
        if (!answer.ok) throw new Error(answer.statusText);
        const buffer = await context.decodeAudioData(await answer.arrayBuffer());
        loading.textContent = `${++done} of ${rows.length} loaded`;
        const gain = new GainNode(context);
        gain.connect(context.destination);
        return { buffer, gain };
      }),
    );
    stems = new Stems(context, tracks);
    openMixer(rows);
    hear(stems);
  } catch {
    context.close();
    loading.textContent = "The stems could not be loaded. Try again.";
  }
  loadButton.disabled = false;
}

function hear(other) {
  const [from, playing] = [deck.place, deck.playing];
  deck.pause();
  deck = other;
  deck.seek(from);
  if (playing) play();
  mixer.hidden = deck === mix;
  loadButton.textContent = deck === mix ? "Mix the stems" : "Back to the master";
  loading.textContent =
    deck === mix ? "You hear the master." : "You hear the stems, as before mastering.";
  show();
}

function openMixer(rows) {
  const level = () => {
    const solo = rows.some((row) => pressed(row, ".solo"));
    rows.forEach((row, index) => {
      const decibels = Number(row.querySelector(".level").value);
      const silent = pressed(row, ".mute") || (solo && !pressed(row, ".solo"));
      row.querySelector(".level-text").textContent = `${decibels} dB`;
      const gain = silent ? 0 : 10 ** (decibels / 20);
      stems.tracks[index].gain.gain.setTargetAtTime(gain, stems.context.currentTime, 0.01);
    });
  };
  for (const row of rows) {
    for (const button of row.querySelectorAll(".toggle")) {
      button.addEventListener("click", () => {
        button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
        level();
      });
    }
    row.querySelector(".level").addEventListener("input", level);
  }
  draw(rows.map((row) => row.querySelector(".wave")));
}

function pressed(row, name) {
  return row.querySelector(name).getAttribute("aria-pressed") === "true";
}

loadButton.addEventListener("click", () => {
  if (stems === null) loadStems();
  else hear(deck === mix ? stems : mix);
});
draw([page.querySelector(".lane .wave")]);
show();

// --- the licence's form: naming countries chooses them ---

document.getElementById("countries").addEventListener("input", () => {
  document.querySelector('input[name="where"][value="countries"]').checked = true;
});
