// gptsnap capture: reads your own ChatGPT account and saves it as files.
//
// 1. Log in at https://chatgpt.com and open the developer tools (F12), Console.
// 2. Paste all of this and press Enter. Leave the tab open until it says "done".
// 3. Run: gptsnap import gptsnap-capture-*.har
//
// It only reads, asks this site only, one request at a time with pauses, and
// saves answers, never your token or cookies. gptsnapStop() ends it early.
(async () => {
  const pause = location.hostname === "127.0.0.1" ? 1 : 1200; // milliseconds between requests
  const perFile = 200; // conversations in one saved file
  const say = (...words) => console.log("gptsnap:", ...words);
  const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
  let stopped = false;
  window.gptsnapStop = () => { stopped = true; };

  const session = await (await fetch("/api/auth/session")).json();
  if (!session.accessToken) { say("you are not logged in"); return; }
  const headers = { Authorization: "Bearer " + session.accessToken, "Content-Type": "application/json" };

  let entries = [], chats = 0, files = 0;
  const save = () => {
    if (entries.length === 0) return;
    const head = '{"log":{"version":"1.2","creator":{"name":"gptsnap capture","version":"1"},"entries":[\n';
    const blob = new Blob([head, entries.join(",\n"), "\n]}}\n"], { type: "application/json" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = "gptsnap-capture-" + String(++files).padStart(3, "0") + ".har";
    link.click();
    entries = []; chats = 0;
  };

  // ask answers {status, text}; it waits as long as the server says it is asked too often.
  const ask = async (method, path, body) => {
    for (let wait = 60, tries = 0; ; tries++) {
      if (stopped) throw new Error("stopped");
      await sleep(pause + Math.random() * pause / 4);
      const answer = await fetch("/backend-api/" + path, { method, headers, body });
      const text = await answer.text();
      if (answer.status === 401) throw new Error("you are logged out; log in and start again");
      if (answer.status === 429 || answer.status >= 500) {
        if (tries === 6) throw new Error("the server refuses to go on (" + answer.status + "); try again in some hours");
        const s = answer.status === 429 ? Math.max(wait, Number(answer.headers.get("Retry-After")) || 0) : 2 ** tries;
        wait = Math.min(wait * 2, 300);
        say(answer.status === 429 ? "rate limited," : "server trouble,", "going on in " + s + " s");
        await sleep(s * 1000);
        continue;
      }
      if (answer.ok) {
        entries.push(JSON.stringify({
          startedDateTime: new Date().toISOString(),
          request: { method, url: location.origin + "/backend-api/" + path },
          response: { status: answer.status, content: { mimeType: answer.headers.get("Content-Type") || "", text } },
        }));
      }
      return { status: answer.status, text };
    }
  };
  const data = (answer) => { try { return answer.status === 200 ? JSON.parse(answer.text) : null; } catch { return null; } };

  try {
    for (const path of ["accounts/check/v4-2023-04-27", "memories?include_memory_entries=true", "user_system_messages", "settings/user", "models"]) await ask("GET", path);
    const ids = new Set();
    for (const archived of ["", "&is_archived=true"]) {
      for (let offset = 0; ; ) {
        const page = data(await ask("GET", "conversations?order=updated&limit=100&hide_snorlax=false&offset=" + offset + archived));
        const items = page && page.items || [];
        items.forEach((item) => ids.add(item.id));
        offset += items.length;
        if (items.length < Math.min(100, page && page.limit || 100)) break;
      }
    }
    const seen = new Set();
    for (let cursor = ""; ; ) {
      const page = data(await ask("GET", "gizmos/snorlax/sidebar?conversations_per_gizmo=0&limit=20" + (cursor && "&cursor=" + encodeURIComponent(cursor))));
      for (const item of page && page.items || []) {
        const project = item.gizmo.gizmo || item.gizmo;
        for (let at = "0"; at !== null && !seen.has(project.id + at); ) {
          seen.add(project.id + at);
          const list = data(await ask("GET", "gizmos/" + project.id + "/conversations?limit=50&cursor=" + encodeURIComponent(at)));
          (list && list.items || []).forEach((item) => ids.add(item.id));
          at = list && list.cursor || null;
        }
      }
      cursor = page && page.cursor || "";
      if (!cursor || seen.has(cursor)) break;
      seen.add(cursor);
    }
    const all = [...ids];
    let done = 0, batches = true;
    const one = async (id) => {
      if ((await ask("GET", "conversation/" + id)).status !== 404) return;
      let page = data(await ask("GET", "conversations/" + id + "?include_has_versions=true&num_turns=100"));
      for (const before = new Set(); page && page.page_info.has_previous_page && !before.has(page.page_info.start_cursor); ) {
        before.add(page.page_info.start_cursor);
        page = data(await ask("GET", "conversations/" + id + "/messages?include_has_versions=true&num_turns=100&before=" + encodeURIComponent(page.page_info.start_cursor)));
      }
    };
    for (let i = 0; i < all.length; i += 10) {
      const group = all.slice(i, i + 10);
      let got = [];
      if (batches) {
        const answer = await ask("POST", "conversations/batch", JSON.stringify({ conversation_ids: group }));
        batches = answer.status !== 404;
        got = (data(answer) || []).map((chat) => chat.id);
      }
      for (const id of group) if (!got.includes(id)) await one(id);
      done += group.length; chats += group.length;
      say(done + " of " + all.length + " conversations");
      if (chats >= perFile) save();
    }
    say("done: " + done + " conversations");
  } catch (error) {
    say("ended early:", error.message);
  }
  save();
})();
