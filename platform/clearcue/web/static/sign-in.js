// A link that `clearcue serve` prints on a terminal carries the key behind #, which never travels to
// the server in an address. It is taken out of the address bar and sent as the form would send it.
const key = decodeURIComponent(location.hash.slice(1));
if (key.startsWith("cck_")) {
  history.replaceState(null, "", location.pathname);
  document.getElementById("key").value = key;
  document.getElementById("sign-in").submit();
}
