// Follows a job by server-sent events; where a stream is not to be had, by asking now and then. So
// does a page that nobody looks at: browsers allow six connections to a service, and a stream is one.
const page = document.getElementById("job");
const address = `/v1/jobs/${page.dataset.job}`;
const stage = document.getElementById("stage");
const reason = document.getElementById("reason");
const states = { queued: "Waiting for its turn", running: "Being made" };
const away = "The service does not answer; trying again.";
const sentence = (line) => line.charAt(0).toUpperCase() + line.slice(1);

let events = null;
let asking = null;

function show(job) {
  if (job.state === "done") {
    location.replace(`/tracks/${job.track_id}`);
  } else if (!(job.state in states)) {
    location.reload();
  } else {
    document.getElementById("state").textContent = states[job.state];
    document.getElementById("progress").value = job.progress;
    document.getElementById("percent").textContent = `${Math.round(100 * job.progress)} %`;
    tell(stage, sentence(job.stage));
    tell(reason, job.held_up ? `${sentence(job.held_up)}.` : "");
    return true;
  }
  leave();
  return false;
}

function tell(line, text) {
  if (line.textContent !== text) line.textContent = text;
  if (line === reason) line.hidden = !text;
}

async function ask() {
  try {
    const answer = await fetch(address);
    if (answer.status === 401) return location.reload(); // signed out meanwhile
    if (!answer.ok) tell(reason, away);
    else if (!show(await answer.json())) return;
  } catch {
    tell(reason, away);
  }
  if (events === null) asking = setTimeout(ask, document.hidden ? 5000 : 2000);
}

function follow() {
  leave();
  events = new EventSource(`${address}/events`);
  events.addEventListener("job", (event) => show(JSON.parse(event.data)));
  events.addEventListener("open", () => {
    clearTimeout(asking);
    if (reason.textContent === away) tell(reason, "");
  });
  events.addEventListener("error", () => {
    clearTimeout(asking);
    if (events.readyState === EventSource.CLOSED) poll();
    else asking = setTimeout(tell, 3000, reason, away); // a stream that was long enough comes again
  });
}

function poll() {
  leave();
  ask();
}

function leave() {
  events?.close();
  events = null;
  clearTimeout(asking);
}

const watch = () => (document.hidden ? poll() : follow());
document.addEventListener("visibilitychange", watch);
watch();
