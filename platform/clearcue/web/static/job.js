// Follows a job by server-sent events; where a stream is not to be had, by asking every two seconds.
const page = document.getElementById("job");
const address = `/v1/jobs/${page.dataset.job}`;
const stage = document.getElementById("stage");
const states = { queued: "Waiting for its turn", running: "Being made" };

function show(job) {
  if (job.state === "done") {
    location.replace(`/tracks/${job.track_id}`);
  } else if (job.state === "failed" || job.state === "cancelled") {
    location.reload();
  } else {
    document.getElementById("state").textContent = states[job.state];
    document.getElementById("progress").value = job.progress;
    document.getElementById("percent").textContent = `${Math.round(100 * job.progress)} %`;
    if (stage.textContent !== job.stage) stage.textContent = job.stage;
    return true;
  }
  return false;
}

async function ask() {
  try {
    const answer = await fetch(address);
    if (answer.ok && !show(await answer.json())) return;
  } catch {
    stage.textContent = "The service does not answer; trying again.";
  }
  setTimeout(ask, 2000);
}

const events = new EventSource(`${address}/events`);
events.addEventListener("job", (event) => {
  if (!show(JSON.parse(event.data))) events.close();
});
events.addEventListener("error", () => {
  if (events.readyState === EventSource.CLOSED) ask();
});
