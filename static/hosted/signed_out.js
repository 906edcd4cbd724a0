// Goes on once the frames have loaded, which the page's load waits for, or after a while. Without
// this script the page's refresh does it, for which browsers wait until all has loaded.
const onwards = document.getElementById("onwards");
const go = () => location.replace(onwards.href);
addEventListener("load", go);
setTimeout(go, 1000 * onwards.dataset.seconds);
