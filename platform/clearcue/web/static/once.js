// A form is sent once: its button rests until the answer comes, or the page is shown again.
addEventListener("submit", ({ submitter }) => {
  setTimeout(() => {
    if (submitter) submitter.disabled = true;
  });
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button")) button.disabled = false;
});
