// Says in words that a passkey was refused or its request cancelled; allauth's script only logs it.
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey-problem").hidden = false;
});
