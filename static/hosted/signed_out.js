// Goes on once the frames have loaded, which the page's load waits for. Without this script, or where
// a frame takes too long, the page's refresh does it.
addEventListener("load", () => location.replace(document.getElementById("onwards").href));
