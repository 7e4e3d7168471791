// Comfort only: a chosen number looks chosen, and a page that is opened at a number opens its source there.
"use strict";
(function () {
  const place = /^#[of]\d+$/;
  const frame = document.getElementById("source");

  function pick(hash) {
    const found = place.test(hash) && document.getElementById(hash.slice(1));
    document.querySelectorAll(".picked").forEach((element) => element.classList.remove("picked"));
    document.documentElement.classList.toggle("picking", Boolean(found));
    if (found) found.classList.add("picked");
    return found;
  }

  function open(hash) {
    if (pick(hash) && frame) frame.src = frame.src.split("#")[0] + hash;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[target="source"]');
    if (link) pick(link.hash);
  });
  window.addEventListener("hashchange", () => pick(location.hash));
  open(location.hash);
})();
