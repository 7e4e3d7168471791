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
    // Replaced, so that going back leads over the report's own places only.
    if (pick(hash) && frame) frame.contentWindow.location.replace(frame.src + hash);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[target="source"]');
    if (link) pick(link.hash);
  });
  window.addEventListener("hashchange", () => open(location.hash)); // from a sum, or from the frame
  open(location.hash);
})();
