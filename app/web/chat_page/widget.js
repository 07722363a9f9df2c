// <script src="https://…/chat/widget.js" async></script>: a button on the site; a press opens the chat in a frame.
// Nothing is asked of the chat's server before that press. The site's origin must stand in WIDGET_ORIGINS.
(() => {
  "use strict";
  const home = new URL(document.currentScript.src).origin;
  if (document.getElementById("otklik")) return;
  const russian = (document.documentElement.lang || navigator.language || "ru").toLowerCase().startsWith("ru");
  const words = russian ? { open: "Открыть чат", close: "Закрыть чат", title: "Чат" } : { open: "Open the chat", close: "Close the chat", title: "Chat" };
  const WHOLE = { position: "fixed", inset: "0", width: "100%", height: "100%", borderRadius: "0", marginBottom: "0" };
  const CORNER = {
    position: "static", width: "400px", height: "min(640px, calc(100vh - 108px))", borderRadius: "18px", marginBottom: "12px",
  };
  const SHAPES = { open: "M4 5h16v11H10l-5 4v-4H4z", close: "M6 6l12 12M18 6L6 18" };

  const styled = (element, style) => Object.assign(element.style, style) && element; // styles by script: any style-src allows them
  const root = styled(document.createElement("div"), { position: "fixed", right: "16px", bottom: "16px", zIndex: "2147483000" });
  root.id = "otklik";
  const button = styled(document.createElement("button"), {
    width: "60px", height: "60px", border: "0", borderRadius: "50%", padding: "0", background: "#0f5c4d", color: "#fff",
    cursor: "pointer", boxShadow: "0 6px 20px rgba(10, 40, 33, 0.35)", display: "grid", placeItems: "center", float: "right",
  });
  button.type = "button";
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "path");
  for (const [name, value] of Object.entries({ viewBox: "0 0 24 24", width: 28, height: 28, fill: "none", stroke: "currentColor", "stroke-width": 2, "stroke-linejoin": "round", "stroke-linecap": "round", "aria-hidden": "true" })) icon.setAttribute(name, value);
  icon.append(shape);
  const dot = styled(document.createElement("span"), {
    position: "absolute", right: "0", bottom: "46px", width: "14px", height: "14px", borderRadius: "50%", background: "#d23b1f", border: "2px solid #fff", display: "none",
  });
  button.append(icon);
  root.append(button, dot);
  let frame = null, ready = false;

  const isOpen = () => frame !== null && frame.style.display !== "none";
  function show(open) {
    if (open && !frame) root.prepend(make());
    if (frame) styled(frame, { ...(innerWidth < 480 ? WHOLE : CORNER), display: open ? "block" : "none" });
    if (open) { dot.style.display = "none"; frame.focus(); } else button.focus();
    label(open);
  }
  function label(open) {
    button.setAttribute("aria-label", open ? words.close : words.open);
    button.setAttribute("aria-expanded", String(open));
    shape.setAttribute("d", open ? SHAPES.close : SHAPES.open);
  }
  function make() {
    frame = styled(document.createElement("iframe"), {
      border: "0", boxShadow: "0 14px 48px rgba(10, 40, 33, 0.32)", background: "#fff", colorScheme: "normal", zIndex: "1",
    });
    frame.title = words.title;
    frame.src = home + "/chat?" + new URLSearchParams({ embed: "1", page: location.href.slice(0, 500), from: document.referrer.slice(0, 500) });
    setTimeout(() => { if (!ready) console.warn("Otklik: the chat did not open. Is " + location.origin + " in WIDGET_ORIGINS?"); }, 8000);
    return frame;
  }

  button.addEventListener("click", () => show(!isOpen()));
  addEventListener("message", (event) => {
    if (!frame || event.source !== frame.contentWindow || event.origin !== home) return;
    if (event.data?.otklik === "ready") {
      ready = true;
      if (isOpen() && document.activeElement !== frame) frame.focus();
    }
    if (event.data?.otklik === "close") show(false);
    if (event.data?.otklik === "news" && !isOpen()) dot.style.display = "block";
  });
  label(false);
  const put = () => document.body.append(root);
  if (document.body) put(); else addEventListener("DOMContentLoaded", put);
})();
