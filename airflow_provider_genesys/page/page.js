// What the Genesys Cloud provider did, as a page of Airflow's own UI.
//
// An ES module without a build step: Airflow's UI (3.1 and newer) imports it, gives it React in globalThis, and looks
// there for a component under the app's name. All that it shows is read through Airflow's REST API with the session of
// whoever looks at it, so that nobody sees more than Airflow shows them.
//
// Read from top to bottom: the REST API, what a summary is, times, lists of summaries, then pieces and views.
const { React } = globalThis;
const { Link: RouterLink, useSearchParams } = globalThis.ReactRouterDOM;
const h = React.createElement;

const PAGE_PATH = "/plugin/genesys_cloud";
const PAGE_SIZE = 25; // rows of a list
const SCANNED = 200; // summaries read at most for one page of a filtered list
const ACCOUNTS = 100; // accounts shown of one task
const QUESTIONS = 200; // open questions of all Dags, among which plans are looked for
const LISTED = 100; // rows at most of what a run lists, and tasks of it that are asked for
const GATHERED = 300; // summaries read at most before somebody asks for more, where they are added up
const AGAIN = 10_000; // milliseconds until what is going on is looked at again
const SELDOM = 60_000; // and what has ended: a task may be cleared, and somebody else start another
const FAILED = "This part of the Genesys Cloud page failed";
const LONGEST = 500; // characters shown of any text that was written elsewhere
const LARGEST = 1_000_000; // bytes read of an XCom: a summary has a fiftieth of that

// --- Airflow's REST API ----------------------------------------------------------------------------------------------

const API = `${new URL(document.baseURI).pathname}api/v2/`; // with the path of [api] base_url, if it has one
const q = encodeURIComponent;

/** Ask Airflow. An answer that is an error is thrown, with its `status` and what Airflow says of it. */
const call = async (path, { signal, body, read = (answer) => answer.json() } = {}) => {
  const answer = await fetch(
    API + path,
    body === undefined
      ? { signal, headers: { Accept: "application/json" } }
      : { signal, method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) },
  ).catch((error) => {
    throw Object.assign(error, { status: 0 });
  });
  if (answer.ok) return read(answer);
  const { detail } = await answer.json().catch(() => ({}));
  throw Object.assign(new Error(typeof detail === "string" ? detail : answer.statusText), { status: answer.status });
};

/** Say in words why Airflow does not answer as it should. */
const explain = (error) => {
  if (error.status === 401) return "Your session is over: reload the page to log in again.";
  if (error.status === 403) return sentence`Airflow does not let you see this (403): ${error.message}`;
  if (error.status === 0) return sentence`Airflow cannot be reached: ${error.message}`;
  if (error.status) return sentence`Airflow answers ${error.status}: ${error.message}`;
  return sentence`${FAILED}: ${error.message}`;
};

/** Do a job for each item, six at a time, and return the answers in the order of the items. */
const forEach = async (items, job) => {
  const answers = new Array(items.length);
  let next = 0;
  const work = async () => {
    while (next < items.length) {
      const i = next++;
      answers[i] = await job(items[i]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(6, items.length) }, work));
  return answers;
};

/** Read an answer as JSON; `undefined` if it is larger than any of the provider's, of which no more is read then. */
const readBounded = async (answer) => {
  const pieces = [];
  let size = 0;
  for (const reader = answer.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return JSON.parse(await new Blob(pieces).text());
    pieces.push(value);
    size += value.length;
    if (size > LARGEST) {
      await reader.cancel();
      return undefined;
    }
  }
};

/** Return `undefined` where Airflow has no such thing. */
const orNothing = (error) => {
  if (error.status === 404) return undefined;
  throw error;
};

/**
 * Read one thing of several that a look shows. Where Airflow refuses it, or fails at it, the others are shown all the
 * same: it has the `answer` of the look before, if there was one, and `why` it could not be read again. What is wrong
 * with all questions, such as a session that is over, is thrown.
 */
const attempt = async (look, name, read) => {
  try {
    const answer = await read();
    look.heard.set(name, answer);
    return { answer };
  } catch (error) {
    if (error.status === 404) return { why: error };
    if (error.status !== 403 && !(error.status >= 500)) throw error;
    const answer = look.before.get(name);
    look.heard.set(name, answer);
    return { answer, why: error };
  }
};
/** Ask one thing of several. */
const ask = (path, look) => attempt(look, path, () => call(path, look));

/** Return the minor version of Airflow 3, for what REST APIs before 3.3 cannot do. */
let asked;
const minorVersion = () => {
  asked ??= call("version")
    .then(({ version }) => Number(version.split(".")[1]))
    .catch(() => {
      asked = undefined;
      return 3;
    });
  return asked;
};

/** A task instance, named. `index` is -1 where the task is not mapped. */
const placeOf = (row) => ({
  dag: row.dag_id,
  run: row.run_id ?? row.dag_run_id,
  task: row.task_id,
  index: row.map_index,
});
const nameOf = (place) => JSON.stringify([place.dag, place.run, place.task, place.index]);
const taskPath = (place) => `dags/${q(place.dag)}/dagRuns/${q(place.run)}/taskInstances/${q(place.task)}`;

/** A task's summary is called that; of what a hook published others have something behind it, one for each account. */
const isSummaryKey = (key) => key === "summary" || key.startsWith("summary.");
/** What tells an account from the others of its task: the key of its ledger if there is one, else what is behind it. */
const ledgerKeyOf = ({ value }) =>
  typeof value?.ledger_key === "string" && value.ledger_key ? value.ledger_key : undefined;
const accountName = (row) => (row.key === "summary" ? undefined : (ledgerKeyOf(row) ?? row.key.slice(8)));

/** A summary of which is known that it is there, and not yet what it says. */
const listed = (entry) => ({
  place: placeOf(entry),
  key: entry.key,
  told: entry.timestamp,
  ran: entry.run_after ?? entry.timestamp, // what Airflow filters by: a night's run may tell the day after
  dagName: entry.dag_display_name ?? entry.dag_id,
});

/** Summaries that were read: one that is told anew has another time. */
const known = new Map();

const readXCom = (place, key, look) =>
  call(`${taskPath(place)}/xcomEntries/${q(key)}?map_index=${place.index}`, { ...look, read: readBounded }).catch(
    orNothing,
  );

/**
 * Tell whether a task instance is the provider's, so that what it told can be believed: its operator is, or it pushed
 * the link to its account under its own ids, as classes that derive from an operator do, and tasks that publish with
 * the hook. `pushesLinks` tells of a task whether it ever does; a browser's log has each question for what is not there.
 */
const isOurs = async (place, task, look, pushesLinks = () => true) => {
  if (isOurOperator(task)) return true;
  if (!(await pushesLinks(place))) return false;
  const link = await readXCom(place, LINK_KEY, look);
  return leadsTo(link?.value, place);
};
const LINK_KEY = "genesys_cloud_account_link";
/** Return what tells whether a Dag's task has pushed a link in any run: one request for all of its instances. */
const askForLinks = (look) => {
  const answers = new Map();
  const tellsOf = async ({ dag, task }) => {
    const path = `dags/${q(dag)}/dagRuns/~/taskInstances/${q(task)}/xcomEntries?xcom_key=${LINK_KEY}&limit=1`;
    const found = await call(path, look).catch(orNothing);
    return found?.total_entries > 0;
  };
  return (place) => {
    const name = JSON.stringify([place.dag, place.task]);
    if (!answers.has(name)) answers.set(name, tellsOf(place));
    return answers.get(name);
  };
};
const leadsTo = (link, place) => {
  if (typeof link !== "string" || !link.startsWith("plugin/genesys_cloud?")) return false;
  const ids = new URLSearchParams(link.slice(link.indexOf("?")));
  return Object.entries(place).every(([name, id]) => ids.get(name) === String(id));
};

/**
 * Read a summary that was listed, with the `task` that told it as far as that is known; `kind` is `null` if it is none,
 * or gone by now. With `why` it could not be read, and is as it was before, or `null`.
 */
const readSummary = async (row, look, pushesLinks) => {
  if (!isSummaryKey(row.key)) return { ...row, kind: null };
  const name = `${nameOf(row.place)} ${row.key}`;
  const asTold = `${name} ${row.told}`;
  const read = async () => known.get(asTold) ?? readAnew(row, asTold, look, pushesLinks);
  const { answer, why } = await attempt(look, name, read);
  return { ...row, kind: null, ...answer, why };
};
const readAnew = async (row, asTold, look, pushesLinks) => {
  const read = { value: undefined, kind: null, told: row.told };
  if (await isOurs(row.place, row.task, look, pushesLinks)) {
    const entry = await readXCom(row.place, row.key, look);
    read.kind = kindOf(entry?.value);
    if (read.kind) Object.assign(read, { value: entry.value, told: entry.timestamp });
  }
  if (known.size >= 2000) known.clear();
  // Without its task, what seems to be none may be the provider's all the same.
  if (read.kind || row.task) known.set(asTold, read);
  return read;
};

const instancePath = (place) => `${taskPath(place)}${place.index >= 0 ? `/${place.index}` : ""}`;
const readInstance = (place, look) => call(instancePath(place), look).catch(orNothing);
const readTask = (place, look) => attempt(look, instancePath(place), () => readInstance(place, look));

/** Ask for task instances of these Dags, runs and tasks: those of the places are among them, 100 at most. */
const askForTasks = async (places, more, look) => {
  if (!places.length) return { task_instances: [], total_entries: 0 };
  const distinct = (key) => [...new Set(places.map((place) => place[key]))];
  const body = { dag_ids: distinct("dag"), dag_run_ids: distinct("run"), task_ids: distinct("task"), page_limit: 100 };
  return call("dags/~/dagRuns/~/taskInstances/list", { ...look, body: { ...body, ...more } });
};

/**
 * Return Airflow's task instances by name: most with one request, and the others, of tasks mapped many times, singly;
 * and `why` some, or all, could not be read, which are not among them, or as they were before. One may see XComs and no
 * tasks.
 */
const readTasks = async (places, look) => {
  const list = await askForTasks(places, {}, look).catch((error) => ({ task_instances: [], why: error }));
  const there = new Map(list.task_instances.map((task) => [nameOf(placeOf(task)), task]));
  const read = async (place) => {
    if (list.why) throw list.why;
    if (there.has(nameOf(place)) || list.total_entries <= list.task_instances.length) return there.get(nameOf(place));
    return readInstance(place, look);
  };
  const found = await forEach(places, (place) => attempt(look, instancePath(place), () => read(place)));
  return {
    tasks: new Map(places.map((place, i) => [nameOf(place), found[i].answer])),
    why: found.find(({ why }) => why)?.why,
  };
};

const GOING_ON = [
  "running",
  "queued",
  "scheduled",
  "deferred",
  "awaiting_input",
  "up_for_retry",
  "up_for_reschedule",
  "restarting",
];
/** Return those states for a question; Airflow before 3.3 refuses one that it does not know. */
const knownGoingOn = async () =>
  (await minorVersion()) < 3 ? GOING_ON.filter((state) => state !== "awaiting_input") : GOING_ON;
const statesWanted = async (...others) =>
  [...(await knownGoingOn()), ...others].map((state) => `state=${state}`).join("&");
const isGoingOn = (task) => GOING_ON.includes(task?.state);
const ENDED = ["success", "failed", "skipped", "upstream_failed", "removed"];
/** Whether a task will tell more by itself, for all that is known: one that has not begun has no state, or is not there yet. */
const mayTellMore = (task) => !ENDED.includes(task?.state);

// --- What a summary is -----------------------------------------------------------------------------------------------
// XComs are anybody's. Of what a task of the provider told, only what has the shape of a summary is taken for one, and
// nothing of it becomes HTML.

const FATES = ["accepted", "rejected", "invalid", "unknown", "duplicate", "pending"];
const CHANGES = ["creates", "updates", "reactivates", "deactivates"];
const RECORDS = ["converted", "skipped", "superseded", "held_back", "rejected"];
const USERS = ["unchanged", "unmapped", "missing"];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const hasCounts = (value, keys) => keys.every((key) => Object.hasOwn(value, key) && isCount(value[key]));
const isAccount = (value) =>
  isObject(value) && typeof value.stream === "string" && hasCounts(value, ["read", ...FATES]);
/** A plan has a checksum; it is null where none was made, since the task failed before. */
const hasChecksum = (value) => typeof value.checksum === "string" || (value.checksum === null && isFailed(value));
const isFailed = (value) => typeof value.failure === "string";
const isRecords = (value) => isObject(value) && hasCounts(value, ["records", ...RECORDS]);
const isApplied = (value) =>
  hasChecksum(value) && !Object.hasOwn(value, "safe") && hasCounts(value, CHANGES);

/** What makes a summary one of its kind. The first that fits is taken where a summary, of an earlier version, names none. */
const SHAPES = {
  transfer: (value) => isAccount(value) && hasCounts(value, ["users", ...USERS]),
  publish: isAccount,
  plan: (value) => hasChecksum(value) && typeof value.safe === "boolean" && hasCounts(value, CHANGES),
  sync: (value) => isApplied(value) && typeof value.markdown === "string",
  apply: (value) => isApplied(value),
  export: (value) => isObject(value.resources) && hasCounts(value, ["added", "removed", "modified"]),
  conversion: isRecords,
};
const KINDS = {
  publish: "Publish",
  transfer: "Transfer",
  plan: "Plan",
  apply: "Apply",
  sync: "Sync",
  export: "Export",
  conversion: "Conversion",
};

/** Return of which kind a summary is; `null` for whatever is none. */
export const kindOf = (value) => {
  if (!isObject(value)) return null;
  const { kind } = value;
  if (kind !== undefined)
    return typeof kind === "string" && Object.hasOwn(SHAPES, kind) && SHAPES[kind](value) ? kind : null;
  return Object.keys(SHAPES).find((kind) => SHAPES[kind](value)) ?? null;
};

/** Return what somebody else wrote as text that shows what is in it, and not too much of it. All such text goes through here. */
export const text = (value, longest = LONGEST) => {
  if (value == null) return "";
  if (typeof value === "object") return "(no text)";
  const all = String(value);
  const short = all.length > longest ? `${all.slice(0, longest)} …` : all;
  return short.replace(UNSEEN, (sign) => {
    const number = sign.codePointAt(0).toString(16).padStart(4, "0");
    return number.length > 4 ? `\\u{${number}}` : `\\u${number}`;
  });
};
// Signs that show nothing, that turn the direction in which the rest is read, and halves of signs; not tab and line end.
const UNSEEN = /(?![\t\n])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Text from elsewhere; its direction of writing stays its own. */
const Theirs = ({ children, longest }) => h("bdi", null, text(children, longest));
/** A sentence of ours with such texts in it. */
const sentence = (words, ...theirs) =>
  h(React.Fragment, null, ...words.flatMap((word, i) => (i ? [h(Theirs, null, theirs[i - 1]), word] : [word])));

const list = (value, most = 50) => (Array.isArray(value) ? value.slice(0, most) : []);
const leftOf = (value, most = 50) => (Array.isArray(value) ? Math.max(value.length - most, 0) : 0);
const count = (value) =>
  typeof value === "number" && value >= 0 && value <= Number.MAX_SAFE_INTEGER ? value.toLocaleString() : "–";
const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
/** A share; there is none where the part is more than the whole, as in an account that does not add up. */
const percent = (part, whole) =>
  whole > 0 ? (part > whole ? "–" : `${(Math.floor((part / whole) * 1000) / 10).toLocaleString()} %`) : "";

/** The accounts of events in a summary: of presences and agents' states there is a second one, of routing statuses. */
const accountsOf = ({ kind, value }) =>
  kind === "publish" || kind === "transfer" ? [value, value.routing_statuses].filter(isAccount) : [];
/** The accounts of records in a summary: a conversion is one, and a publish of records has one beside its events. */
const recordsOf = ({ kind, value }) =>
  (kind === "conversion" ? [value] : kind === "publish" ? [value.conversion] : []).filter(isRecords);
/** Whether numbers can be in a sum: thousands of them stay below what a number of JavaScript can be. */
const canBeAdded = (account, keys) => keys.every((key) => account[key] <= LARGEST_ADDED);
const LARGEST_ADDED = 1e12;
const TOO_LARGE = "numbers too large to be added up";
const addUp = (items, of) => items.reduce((sum, item) => sum + (isCount(of(item)) ? of(item) : 0), 0);
const addRecords = (accounts) => {
  const keys = ["records", ...RECORDS];
  const added = accounts.filter((account) => canBeAdded(account, keys));
  return {
    ...Object.fromEntries(keys.map((key) => [key, addUp(added, (account) => account[key])])),
    left: accounts.length - added.length,
  };
};
const addsUp = (account) => account.read === FATES.reduce((sum, fate) => sum + account[fate], 0);
const deadOf = (account) => account.rejected + account.invalid + account.unknown;

/** How many of an account's accepted events are those of other tasks: it may be shared by a `ledger_key`. */
const acceptedBefore = ({ accepted, read, accepted_before: before }) =>
  isCount(before) ? Math.min(before, accepted, read) : 0;

/**
 * Add accounts up, which are given newest first; `before` is what tasks had accepted that are not here, in no other sum.
 * What several tasks told of one account counts once, as the newest told it: the older ones' are among its `before`.
 * `left` is how many accounts are in no sum, since their numbers are too large.
 */
export const addAccounts = (accounts) => {
  const sum = Object.fromEntries(["read", ...FATES, "before", "left"].map((key) => [key, 0]));
  const others = new Map(); // by ledger: what was accepted of it, but for those that are added already
  for (const account of accounts) {
    if (!canBeAdded(account, ["read", ...FATES])) {
      sum.left += 1;
      continue;
    }
    const ledger = typeof account.ledger === "string" ? `${account.stream} ${account.ledger}` : undefined;
    const before = acceptedBefore(account);
    const own = account.accepted - before;
    const isIn = others.get(ledger) >= own; // less has an account that was begun anew (`republish`)
    if (!isIn) for (const key of ["read", ...FATES]) sum[key] += account[key];
    const theirs = isIn ? -own : before;
    sum.before += theirs;
    for (const key of ["read", "accepted"]) sum[key] -= theirs;
    if (ledger) others.set(ledger, isIn ? others.get(ledger) - own : before);
  }
  return sum;
};

/** Return what stands in the way of a summary's being complete: nothing, if it is. */
const obstacles = ({ kind, value }) => {
  const found = [];
  if (addAccounts(accountsOf({ kind, value })).left || addRecords(recordsOf({ kind, value })).left)
    found.push(TOO_LARGE);
  for (const account of accountsOf({ kind, value })) {
    if (!addsUp(account)) found.push(sentence`the account of ${text(account.stream, 80)} does not add up`);
    else if (account.complete !== true)
      found.push(account.pending ? `${plural(account.pending, "event")} pending` : "not all of the source is read");
  }
  for (const account of recordsOf({ kind, value })) {
    if (account.records !== RECORDS.reduce((sum, key) => sum + account[key], 0))
      found.push("the account of records does not add up");
    if (account.rejected) found.push(`${count(account.rejected)} of ${plural(account.records, "record")} rejected`);
  }
  if (kind === "transfer" && value.users !== value.read + value.unchanged + value.unmapped + value.missing)
    found.push("the account of users does not add up");
  if (value.checksum === null) found.push("there is no plan");
  else if (kind === "plan" && !value.safe) found.push("the plan is unsafe, and is refused");
  else if (value.applied === false) found.push(notApplied(value));
  if (kind === "export" && !value.snapshot) found.push("no snapshot was written");
  if (kind === "export")
    for (const [name, one] of resourcesOf(value))
      if (["partial", "forbidden"].includes(one?.state)) found.push(sentence`${text(name, 80)} is ${one.state}`);
  if (kind === "conversion" && !filesOf(value).length) found.push("no events were written");
  return found;
};
/** Whether there was no event at all to have a fate. */
const isEmpty = (row) => {
  const events = [
    ...accountsOf(row).map(({ read }) => read),
    ...recordsOf(row).map(({ events_written: written }) => written),
  ];
  return events.length > 0 && events.every((number) => number === 0);
};
/** The files of a conversion's events: of agents' states there is one for each stream. */
const filesOf = (value) =>
  ["events", "user_presences", "user_routing_statuses"].map((key) => value[key]).filter((path) => path != null);

/** Return how many changes there are of each kind, "" for none. */
const changed = (value) =>
  CHANGES.filter((key) => value[key])
    .map((key) => plural(value[key], key.slice(0, -1), key))
    .join(", ");
/** A plan that was applied, or not, says only in its Markdown whether it was safe, and what it would have changed. */
const isUnsafe = ({ markdown }) => typeof markdown === "string" && markdown.startsWith("**UNSAFE**");
const plannedIn = ({ markdown }) => PLANNED.exec(text(markdown, 100_000))?.[1];
const PLANNED = /^\*\*((?:\d{1,9} to (?:deactivate|reactivate|update|create)(?:, )?){1,4}; \d{1,9} unchanged)\.\*\*$/m;
const notApplied = (value) =>
  changed(value)
    ? "not all of the plan is applied"
    : `the plan is ${isUnsafe(value) ? "unsafe, and is " : ""}not applied`;
const resourcesOf = (value) => Object.entries(value.resources).slice(0, 50);

// --- Times, in the zone that the viewer has chosen in Airflow, else in that of the browser ----------------------------

const zone = () => {
  try {
    const chosen = JSON.parse(localStorage.getItem("timezone"));
    return new Intl.DateTimeFormat("en", { timeZone: chosen || undefined }).resolvedOptions().timeZone;
  } catch {
    return new Intl.DateTimeFormat().resolvedOptions().timeZone;
  }
};
/** Draw all anew when another zone is chosen: of what is stored Airflow tells its own window, and the browser the others. */
const useZone = () => {
  const [, turn] = React.useState(zone);
  React.useEffect(() => {
    const look = () => turn(zone());
    const names = ["local-storage", "storage"];
    for (const name of names) window.addEventListener(name, look);
    return () => names.forEach((name) => window.removeEventListener(name, look));
  }, []);
};
const dayOf = (time) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone() }).format(new Date(time)); // 2026-11-29

/** Days that Airflow can be asked for: before and after them, dates have no such form, in some zones at least. */
const [FIRST_DAY, LAST_DAY] = ["1970-01-01", "9998-12-31"];
const isDay = (day) => {
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || day < FIRST_DAY || day > LAST_DAY) return false;
  const time = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(time.getTime()) && time.toISOString().startsWith(day); // there is no 30th of February
};
/** Return when a day begins in that zone; `undefined` of what is no day. */
export const startOf = (day, later = 0) => {
  if (!isDay(day)) return undefined;
  const asUtc = Date.parse(`${day}T00:00:00Z`) + later * 86_400_000;
  let time = asUtc;
  for (let i = 0; i < 2; i++) {
    // the second time with the zone's offset at about the right time
    const clock = new Intl.DateTimeFormat("sv-SE", {
      timeZone: zone(),
      dateStyle: "short",
      timeStyle: "medium",
    }).format(time);
    time -= Date.parse(`${clock.replace(" ", "T")}Z`) - asUtc;
  }
  return new Date(time).toISOString();
};
const Time = ({ at }) => {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return "";
  return h(
    "time",
    { dateTime: at, title: at },
    time.toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium", timeZone: zone() }),
  );
};

// --- Lists of summaries ----------------------------------------------------------------------------------------------

/**
 * Return what lists summaries from an offset on, newest first and without their values; `partial` says that there are
 * more than were sorted, and `isLong` that it took many requests. It is for one look: Airflow 3.1 sorts nothing, so all
 * are listed there before the first piece.
 */
const listSummaries = async ({ dag, run, task, index, like, from, to, look }) => {
  const wanted = { [(await minorVersion()) < 3 ? "xcom_key_pattern" : "xcom_key_prefix_pattern"]: "summary" };
  if (index !== undefined) wanted.map_index = index;
  if (like) wanted.dag_display_name_pattern = like;
  if (from && startOf(from)) wanted.run_after_gte = startOf(from);
  if (to && startOf(to)) wanted.run_after_lt = startOf(to, 1);
  return listXComs({ dag, run, task, wanted, look });
};
const listXComs = async ({ dag = "~", run = "~", task = "~", wanted, look }) => {
  const asked = new URLSearchParams({ ...wanted, order_by: "-timestamp" });
  const read = (at, most) =>
    call(
      `dags/${q(dag)}/dagRuns/${q(run)}/taskInstances/${q(task)}/xcomEntries?${asked}&limit=${most}&offset=${at}`,
      look,
    );
  if ((await minorVersion()) > 1)
    return async (offset, limit) => {
      const { xcom_entries: entries, total_entries: total } = await read(offset, limit);
      return { entries, total };
    };
  const all = [];
  for (let total = 1; all.length < total && all.length < 1000;) {
    const piece = await read(all.length, 100);
    if (!piece.xcom_entries.length) break;
    all.push(...piece.xcom_entries);
    total = piece.total_entries;
    if (all.length >= 1000 && total > all.length) all.partial = true;
  }
  all.sort((one, other) => other.timestamp.localeCompare(one.timestamp));
  return (offset, limit) => ({
    entries: all.slice(offset, offset + limit),
    total: all.length,
    partial: all.partial,
    isLong: all.length > 100,
  });
};

/** What the filter can ask of a task: its state in Airflow, and what it told. */
const TASK_STATES = {
  going_on: ["Going on", (row) => isGoingOn(row.task)],
  success: ["Success", (row) => row.task?.state === "success"],
  failed: ["Failed", (row) => ["failed", "upstream_failed"].includes(row.task?.state)],
  skipped: ["Skipped", (row) => row.task?.state === "skipped"],
};
const STATES = {
  ...TASK_STATES,
  complete: ["Complete", (row) => !obstacles(row).length && !isEmpty(row) && !isFailed(row.value)],
  incomplete: ["Not complete", (row) => obstacles(row).length > 0 || isFailed(row.value)],
  empty: ["No events", (row) => !obstacles(row).length && isEmpty(row)],
  dead: ["With dead letters", (row) => accountsOf(row).some(deadOf)],
};
const fits = (row, { kind, state }) =>
  row.kind && (!kind || row.kind === kind) && (!state || !Object.hasOwn(STATES, state) || STATES[state][1](row));
/** Whether the task alone tells that its summary does not fit, so that it need not be read. */
const cannotFit = (row, { kind, state }) =>
  (kind && isOurOperator(row.task) && OPERATORS[row.task.operator] !== kind) ||
  (state && Object.hasOwn(TASK_STATES, state) && !TASK_STATES[state][1](row));

/**
 * Read the summaries from an offset on until so many fit; say where it ended and of how many.
 * `show` gets the rows so far whenever there is more to see: where nothing is filtered, before their values are there.
 * `told` has the names of the tasks whose summaries were looked at, of which the `last` is of that time.
 * `listing` is what lists them, where others of the same look do so, too.
 */
const readRows = async (
  filter,
  offset,
  { wanted = PAGE_SIZE, scanned = SCANNED, show = () => {}, listing = listSummaries(filter) } = {},
) => {
  const { look, kind, state } = filter;
  const listPiece = await listing;
  const pushesLinks = askForLinks(look);
  const rows = [];
  const unread = [];
  let next = offset,
    total,
    partial,
    isLong,
    noTasks,
    last;
  const told = new Set();
  do {
    const piece = await listPiece(next, PAGE_SIZE);
    ({ total, partial, isLong } = piece);
    if (!piece.entries.length) {
      total = Math.min(total, next);
      break;
    }
    const read = piece.entries.map(listed);
    const seen = () =>
      read.filter((row) =>
        row.kind ? fits(row, filter) : row.kind === undefined && !kind && !state && isSummaryKey(row.key),
      );
    const tell = () => {
      if (!look.signal.aborted) show([...rows, ...seen()].slice(0, wanted));
    };
    tell();
    const { tasks, why } = await readTasks(
      read.filter((row) => isSummaryKey(row.key)).map((row) => row.place),
      look,
    );
    noTasks = why ?? noTasks;
    for (const row of read) row.task = tasks.get(nameOf(row.place));
    tell();
    await forEach([...read.keys()], async (i) => {
      if (cannotFit(read[i], filter)) {
        read[i].kind = null;
        return;
      }
      read[i] = await readSummary(read[i], look, pushesLinks);
      tell();
    });
    for (const row of read) {
      next++;
      last = row.told;
      told.add(nameOf(row.place));
      if (row.why && (!row.kind || fits(row, filter))) unread.push(row);
      if (fits(row, filter)) rows.push(row);
      if (rows.length === wanted) break;
    }
  } while (rows.length < wanted && next < total && next - offset < scanned);
  return { rows, next, total, partial, isLong, unread, noTasks, told, last };
};
const NO_TASKS = " States of tasks, and summaries known by their tasks alone, are missing or as they were before. ";
/** Whether a summary that could not be read is shown as it was before. */
const isHere = (row) => Boolean(row.kind);
const isRefused = ({ status }) => status === 403;
/** Say of summaries that could not be read how many they are, those that Airflow does not show by themselves. */
const sayUnread = (unread) =>
  [
    ["does not show", ({ why }) => isRefused(why)],
    ["answers with an error to", ({ why }) => !isRefused(why)],
  ].flatMap(([does, isSo]) =>
    [
      ["not here", (row) => !isHere(row)],
      ["here as before", isHere],
    ].map(([where, isThere]) => {
      const number = unread.filter((row) => isSo(row) && isThere(row)).length;
      return number ? ` Airflow ${does} ${count(number)} of them, which ${number === 1 ? "is" : "are"} ${where}.` : "";
    }),
  );
/** What there is to say of summaries that were not looked at; `whole` is of what they are, where no filter helps. */
const remarks = ({ partial, unread, noTasks }, whole) => [
  partial
    ? ` Airflow 3.1 cannot sort them: these are of the first 1,000${whole ? ` of the ${whole}` : "; choose a Dag or a time"}.`
    : "",
  ...sayUnread(unread),
  noTasks ? h(React.Fragment, null, NO_TASKS, explain(noTasks)) : "",
];

// --- Loading ---------------------------------------------------------------------------------------------------------

/** Do a job after a pause, and not before somebody sees the page. Returns what calls it off. */
const later = (job, pause) => {
  const due = () => {
    if (document.hidden) return;
    document.removeEventListener("visibilitychange", due);
    job();
  };
  const timer = setTimeout(() => {
    document.addEventListener("visibilitychange", due);
    due();
  }, pause);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", due);
  };
};

/**
 * Load when the keys change, or more is `wanted`, and again for as long as it is on the screen: every ten seconds while
 * `again` says of what was loaded that it may change by itself, or where the last look failed; else every minute, and so
 * where Airflow 3.1 needs many requests for it. What took long is left alone for three times as long, so that looking on
 * stays cheap.
 * Gives `data`, and an `error` of the last look; `some` is what loads have shown since there was `data`: it stays where
 * one is broken off. The next load is told what is there, so that it takes none of it away, and its `look` has what was
 * heard before, for what cannot be read again.
 */
const useLoaded = (load, keys, again = () => true, wanted = undefined) => {
  const of = JSON.stringify(keys);
  const [state, set] = React.useState({});
  const current = state.of === of ? state : {};
  React.useEffect(() => {
    const abort = new AbortController();
    let { data, some: partial, heard: before = new Map() } = current;
    let callOff = () => {};
    const change = (what) => {
      if (!abort.signal.aborted) set((shown) => ({ ...(shown.of === of ? shown : {}), of, ...what }));
    };
    const show = (some) => change({ some: (partial = some) });
    const look = async () => {
      const began = performance.now();
      const heard = new Map();
      let pause = AGAIN;
      try {
        data = await load({ signal: abort.signal, before, heard }, show, partial ?? data);
        partial = undefined;
        if (data.isLong || !again(data)) pause = SELDOM;
        before = heard;
        change({ data, some: undefined, error: undefined, heard });
      } catch (error) {
        before = new Map([...before, ...heard]);
        change({ error, heard: before });
      }
      if (!abort.signal.aborted) callOff = later(look, Math.max(pause, 3 * (performance.now() - began)));
    };
    look();
    return () => {
      abort.abort();
      callOff();
    };
  }, [of, wanted]);
  return current;
};

/** Read all rows of a filter piece by piece, so many at most; show each piece that is more than there was before. */
const gather = async (filter, most, show, before) => {
  const all = { rows: [], next: 0, unread: [], most };
  const options = { scanned: PAGE_SIZE, listing: listSummaries(filter) };
  for (;;) {
    const { rows, next, total, partial, isLong, unread, noTasks } = await readRows(filter, all.next, options);
    all.rows.push(...rows);
    all.unread.push(...unread);
    Object.assign(all, { next, total, partial, isLong, noTasks: noTasks ?? all.noTasks });
    if (next >= total || next >= most) return all;
    if (next > (before?.next ?? 0)) show({ ...all, rows: [...all.rows] });
  }
};
/**
 * Gather all rows of a filter, showing them piece by piece; `more` goes on after so many. What `readFirst` reads is
 * read before them, and stands beside them: what it says to have ended has nothing to tell that is not in the rows.
 */
const useGathered = (filter, keys, { readFirst = () => ({}), again } = {}) => {
  const [most, allow] = React.useState(GATHERED);
  const load = async (look, show, before) => {
    const first = await readFirst(look);
    if (!before) show(first);
    const all = await gather({ ...filter, look }, most, (some) => show({ ...first, ...some }), before);
    return { ...first, ...all };
  };
  const { data, some = data, error } = useLoaded(load, keys, again, most);
  const busy = !error && !(data?.most >= most);
  const more = () => allow(most + GATHERED);
  return { rows: [], next: 0, unread: [], ...some, error, busy, more, asked: most > GATHERED };
};

// --- Pieces ----------------------------------------------------------------------------------------------------------

/** An error of ours takes neither Airflow's page down, nor the row beside it. */
class Boundary extends React.Component {
  constructor(props) {
    super(props);
    this.state = { error: null };
  }
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    if (!this.state.error) return this.props.children;
    return h("p", { className: "bad", role: "alert" }, sentence`${FAILED}: ${this.state.error.message}`);
  }
}

const Code = ({ children }) => h("code", null, h(Theirs, null, children));
const Link = ({ to, children, ...rest }) => h(RouterLink, { to, ...rest }, children);
const Status = ({ children }) => h("p", { role: "status", className: "dim" }, children);
/** How many more there are than are shown; nothing where all are. `what` says of which. */
const Left = ({ number, what = "" }) =>
  number > 0 ? h("p", { className: "dim" }, `and ${count(number)} more${what}`) : null;
const Trouble = ({ error }) => (error ? h("p", { className: "bad", role: "alert" }, explain(error)) : null);
/** What went wrong with several questions: each is told once, also where it is the same with all. */
const Troubles = ({ errors }) => {
  const told = new Map(errors.filter(Boolean).map((error) => [`${error.status} ${error.message}`, error]));
  return [...told].map(([key, error]) => h(Trouble, { key, error }));
};

const here = (place) => `${PAGE_PATH}?${new URLSearchParams(place)}`;
const runHere = ({ dag, run }) => `${PAGE_PATH}?${new URLSearchParams({ dag, run })}`;
const inAirflow = (place) =>
  `/dags/${q(place.dag)}/runs/${q(place.run)}/tasks/${q(place.task)}${place.index >= 0 ? `/mapped/${place.index}` : ""}`;
const approvals = ({ dag, run }) => `/dags/${q(dag)}/runs/${q(run)}/required_actions`;
const called = (place) => place.task + (place.index >= 0 ? ` [${place.index}]` : "");
const TaskLink = ({ place }) => h(Link, { to: here(place) }, h(Theirs, null, called(place)));

/** What outlasts a change of the address, at which Airflow makes the whole page anew. */
const kept = {
  moved: false, // whether somebody came by a link inside of the page
  turnedBy: undefined, // the button with which somebody has just turned pages
  before: [], // where the pages before this one began
};

/** A button that does nothing while it is disabled, and keeps the focus then: whoever turns pages by keyboard stays on it. */
const Button = ({ disabled = false, onClick, children, ...rest }) =>
  h(
    "button",
    { type: "button", "aria-disabled": disabled || undefined, onClick: disabled ? undefined : onClick, ...rest },
    children,
  );
/** Reads on where something is gathered. Once it was used it stays, so that the focus has where to stay. */
const More = ({ gathered: { busy, next, total, asked, more }, children }) =>
  (asked || (!busy && next < total)) && h(Button, { disabled: busy || next >= total, onClick: more }, children);
/** The buttons with which pages of a list are turned; the one that was used keeps the focus. */
const Turning = ({ offset, found, turn }) => {
  const before = kept.before.filter((start) => start < offset);
  const by = (name, to, trail) => () => {
    kept.turnedBy = name;
    kept.before = trail;
    turn(to);
  };
  React.useEffect(() => {
    kept.turnedBy = undefined;
  }, []);
  return h(
    "p",
    null,
    h(
      Button,
      {
        disabled: offset === 0,
        autoFocus: kept.turnedBy === "newer",
        onClick: by(
          "newer",
          before.at(-1) ?? Math.max(0, Math.min(offset, found?.total ?? offset) - PAGE_SIZE),
          before.slice(0, -1),
        ),
      },
      "Newer",
    ),
    h(
      Button,
      {
        disabled: !found || found.next >= found.total,
        autoFocus: kept.turnedBy === "older",
        onClick: by("older", found?.next, [...before, offset]),
      },
      "Older",
    ),
  );
};

/** The heading of a view. Who came by a link inside of the page begins to read here. */
const Heading = ({ children }) => {
  const heading = React.useRef(null);
  React.useEffect(() => {
    if (kept.moved && !kept.turnedBy) heading.current?.focus();
    kept.moved = true;
  }, []);
  return h("h2", { tabIndex: -1, ref: heading }, children);
};

/**
 * A table: columns are texts, or `[text, what to show]` for numbers. In a narrow window each row becomes a list, which
 * only the roles still tell a screen reader to be a table.
 */
const Table = ({ label, columns, rows }) => {
  const titles = columns.map((column) => (Array.isArray(column) ? column[0] : column));
  const shown = (i) => (Array.isArray(columns[i]) ? (columns[i][1] ?? titles[i]) : titles[i]);
  const numeric = (i) => (Array.isArray(columns[i]) ? "n" : undefined);
  return h(
    "table",
    { role: "table", "aria-label": label },
    h(
      "thead",
      { role: "rowgroup" },
      h(
        "tr",
        { role: "row" },
        titles.map((_, i) => h("th", { key: i, role: "columnheader", scope: "col", className: numeric(i) }, shown(i))),
      ),
    ),
    h(
      "tbody",
      { role: "rowgroup" },
      rows.map(({ key, cells, ...rest }, r) =>
        h(
          "tr",
          { key: key ?? r, role: "row", ...rest },
          cells.map((cell, i) =>
            h("td", { key: i, role: "cell", className: numeric(i), "data-label": titles[i] }, cell),
          ),
        ),
      ),
    ),
  );
};

const said = (account) =>
  FATES.filter((fate) => account[fate])
    .map((fate) => `${count(account[fate])} ${fate}`)
    .join(", ") || (account.left > 0 ? TOO_LARGE : "no events");
const andBefore = ({ before }) => (before ? `; ${count(before)} accepted before` : "");

/** Return where the pieces of a bar are; each that is not nothing can be seen. */
export const layOut = (account, width = 1000, least = 6) => {
  const there = FATES.filter((fate) => account[fate] > 0);
  const all = there.reduce((sum, fate) => sum + account[fate], 0);
  const raw = there.map((fate) => Math.max(least, (account[fate] / all) * width));
  const scale = width / raw.reduce((sum, each) => sum + each, 0);
  let x = 0;
  return there.map((fate, i) => {
    const piece = { fate, x, width: raw[i] * scale };
    x += piece.width;
    return piece;
  });
};
const Bar = ({ account, height = 22 }) =>
  h(
    "svg",
    { viewBox: `0 0 1000 ${height}`, height, preserveAspectRatio: "none", role: "img", "aria-label": said(account) },
    layOut(account).map((piece) =>
      h(
        "rect",
        { key: piece.fate, className: piece.fate, x: piece.x, width: piece.width, height },
        h("title", null, `${count(account[piece.fate])} ${piece.fate}`),
      ),
    ),
  );
const Fate = ({ fate }) => [h("i", { key: "i", className: fate, "aria-hidden": true }), fate];
const AccountTable = ({ account, label = "Account of events" }) =>
  h(Table, {
    label,
    columns: [
      ["read"],
      ...FATES.map((fate) => [fate, h(Fate, { fate })]),
      ["accepted of read"],
      ...(account.before ? [["accepted before"]] : []),
    ],
    rows: [
      {
        cells: [
          count(account.read),
          ...FATES.map((fate) => count(account[fate])),
          percent(account.accepted, account.read),
          ...(account.before ? [count(account.before)] : []),
        ],
      },
    ],
  });
/** How many accounts are not in the numbers above. */
const LeftOut = ({ number }) => {
  if (!(number > 0)) return null;
  const are = number === 1 ? "is" : "are";
  return h("p", { className: "bad" }, `${plural(number, "account")} ${are} in none of these: ${TOO_LARGE}.`);
};
const Before = () =>
  h(
    "p",
    { className: "dim" },
    "Accepted before: by other tasks, which share an account by its ledger key; it is in no other number here.",
  );

const changes = (value) => changed(value) || "nothing to change";
/** Say what became of a plan. */
const applied = (value) => {
  const done = changed(value);
  if (value.applied === false) {
    const planned = plannedIn(value);
    const how = done ? `not all applied, ${done} done` : "not applied";
    return `${isUnsafe(value) ? "UNSAFE, " : ""}${how}${planned ? `: ${planned}` : ""}`;
  }
  const before = value.already > 0 ? `${plural(value.already, "change")} done before` : "";
  const all = done ? [`done: ${done}`, before] : [before || "nothing to change"];
  return `${all.filter(Boolean).join(", ")}${isUnsafe(value) ? " (UNSAFE, forced)" : ""}`;
};
const difference = (value) =>
  ["added", "removed", "modified"]
    .filter((key) => value[key])
    .map((key) => `${count(value[key])} ${key}`)
    .join(", ") || (value.snapshot ? "nothing changed" : "nothing written");

/** Why the task ended badly, in its own words. */
const Failure = ({ value }) =>
  value && isFailed(value) ? h("p", { className: "bad" }, sentence`Failed: ${value.failure}`) : null;

/** What a summary comes to, in one line. */
const InShort = ({ row: { kind, value } }) => {
  if (!kind) return "…";
  if (value.checksum === null) return "no plan";
  if (kind === "publish" || kind === "transfer") {
    const account = addAccounts(accountsOf({ kind, value }));
    return [
      h(Bar, { key: "bar", account, height: 12 }),
      h("small", { key: "said", className: "dim" }, said(account) + andBefore(account)),
      ...recordsOf({ kind, value }).map((records) =>
        h("small", { key: "records", className: "dim" }, inRecords(records)),
      ),
    ];
  }
  if (kind === "plan") return `${changes(value)}${value.safe ? "" : " (UNSAFE)"}`;
  if (kind === "apply" || kind === "sync") return applied(value);
  if (kind === "export") return difference(value);
  return inRecords(value);
};
const inRecords = (account) =>
  `${count(account.converted)} of ${plural(account.records, "record")} converted, ${count(account.rejected)} rejected`;
const State = ({ row }) => [
  h("span", { key: "s", className: row.task?.state === "failed" ? "bad" : undefined }, text(row.task?.state ?? "")),
  row.kind &&
    (obstacles(row).length
      ? h("small", { key: "o", className: "bad" }, "not complete")
      : isEmpty(row)
        ? h("small", { key: "o", className: "dim" }, "no events")
        : isFailed(row.value)
          ? h("small", { key: "o", className: "dim" }, "each has its fate")
          : h("small", { key: "o", className: "good" }, "complete")),
];
const share = (row) => {
  const account = addAccounts(accountsOf(row));
  return percent(account.accepted, account.read);
};
const Summaries = ({ rows, label }) =>
  h(Table, {
    label,
    columns: [`told (${zone()})`, "Dag", "run", "task", "kind", "state", "what", ["accepted"]],
    rows: rows.map((row) => ({
      key: nameOf(row.place) + row.key,
      "data-kind": row.kind,
      cells: [
        h(Time, { at: row.told }),
        h(Theirs, null, row.dagName),
        h(Link, { to: runHere(row.place) }, h(Theirs, { longest: 60 }, row.place.run)),
        [
          h(TaskLink, { key: "t", place: row.place }),
          accountName(row) === undefined ? null : h("small", { key: "k" }, h(Theirs, null, accountName(row))),
        ],
        KINDS[row.isSilent ? OPERATORS[row.task.operator] : row.kind] ?? "…",
        h(State, { row }),
        row.isSilent
          ? "told nothing: only its log may say why it failed"
          : h(Boundary, null, h(InShort, { row }), h(Failure, { value: row.value })),
        share(row),
      ],
    })),
  });

// --- One account -----------------------------------------------------------------------------------------------------

/** The provider's own Markdown: paragraphs, headings, tables, lists, **bold** and `code`; only React makes elements of it. */
const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
const plain = (line) =>
  line.replace(/\\([\\`*_{}[\]<>()#+\-.!|~&])|&(?:lt|gt|amp);/g, (all, sign) => sign ?? ENTITIES[all]);
const inline = (line) =>
  line
    .split(/((?<!\\)\*\*.+?(?<!\\)\*\*|(?<!\\)`[^`]+`)/)
    .map((part, i) =>
      part.startsWith("**")
        ? h("b", { key: i }, plain(part.slice(2, -2)))
        : part.startsWith("`")
          ? h("code", { key: i }, part.slice(1, -1))
          : h("bdi", { key: i }, plain(part)),
    );
const cellsOf = (line) =>
  line
    .replace(/^\||\|$/g, "")
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
const Markdown = ({ children }) => {
  let under = "Plan"; // what a table is under, which is its name for a screen reader
  return text(children, 100_000)
    .replace(/^#{1,6} .*$/gm, "\n\n$&\n\n")
    .trim()
    .split(/\n\n+/)
    .map((block, i) => {
      const lines = block.split("\n");
      const heading = /^#{1,6} (.*)$/.exec(block);
      if (heading) {
        under = plain(heading[1]);
        return h("h3", { key: i }, inline(heading[1]));
      }
      if (lines.length > 1 && lines[0].startsWith("|"))
        return h(Table, {
          key: i,
          label: under,
          columns: cellsOf(lines[0]).map(plain),
          rows: lines.slice(2).map((line) => ({ cells: cellsOf(line).map(inline) })),
        });
      if (lines.every((line) => line.startsWith("- ")))
        return h(
          "ul",
          { key: i },
          lines.map((line, l) => h("li", { key: l }, inline(line.slice(2)))),
        );
      return h("p", { key: i, className: block.startsWith("**UNSAFE**") ? "bad" : undefined }, inline(block));
    });
};

const REPLAY_TAG = "genesys-replay";
const REPLAYS = 3; // shown of those of one account
/** Whether a replay is of an account; of those of one task and key, which are in several folders, its beginning tells which. */
const isForAccount = (conf, place, account) =>
  isForTask(conf, place, account.ledger_key) && (conf.began ? conf.began === account.began : account.isAlone);
const isForTask = (conf, place, ledgerKey) =>
  isObject(conf) &&
  conf.dag_id === place.dag &&
  conf.run_id === place.run &&
  conf.task_id === place.task &&
  (conf.map_index ?? -1) === place.index &&
  (conf.ledger_key || null) === (ledgerKey || null);

/** Read what became of a replay: whether it waits for approval, and what it told of what it sent, as far as one may see it. */
const readReplay = async (run, look) => {
  const [dag, id] = [run.dag_id, run.dag_run_id];
  const isOpen = run.state === "queued" || run.state === "running";
  const path = `dags/${q(dag)}/dagRuns/${q(id)}`;
  const asked = isOpen ? await ask(`${path}/hitlDetails?response_received=false&limit=1`, look) : {};
  const told = await attempt(look, `what ${path} told`, () =>
    readRows({ dag, run: id, look }, 0, { scanned: PAGE_SIZE }),
  );
  return {
    ...run,
    isOpen,
    isAsked: asked.answer && asked.answer.hitl_details.length > 0, // of what cannot be read it is not known
    accounts: told.answer?.rows.flatMap(accountsOf),
    failure: told.answer?.rows.map((row) => row.value).find(isFailed)?.failure,
    isWhole: told.answer && !told.answer.unread.length,
    why: asked.why ?? told.why,
  };
};
/** Read which Dags replay, and the newest 100 runs of each: once for all accounts of a task. */
const readReplayDags = async (look) => {
  const { answer, why } = await ask(`dags?tags=${REPLAY_TAG}&paused=false&limit=10`, look);
  const lists = await forEach(answer?.dags ?? [], (dag) =>
    ask(`dags/${q(dag.dag_id)}/dagRuns?order_by=-run_after&limit=100`, look),
  );
  return { dags: answer?.dags, total: answer?.total_entries, lists, whys: [why, ...lists.map((some) => some.why)] };
};
/** Read the newest replays of an account, which are known by what they were started with. */
const readReplays = async ({ lists }, place, account, look) => {
  const all = lists.flatMap(({ answer }) => answer?.dag_runs ?? []);
  const found = all.filter((run) => isForAccount(run.conf, place, account));
  found.sort((one, other) => other.run_after.localeCompare(one.run_after));
  return {
    runs: await forEach(found.slice(0, REPLAYS), (run) => readReplay(run, look)),
    more: Math.max(found.length - REPLAYS, 0),
    unsaid: account.isAlone ? 0 : all.filter(({ conf }) => isForTask(conf, place, account.ledger_key) && !conf.began).length,
    partial: lists.some(({ answer, why }) => why || answer.total_entries > answer.dag_runs.length),
  };
};
const Outcome = ({ run }) => {
  if (run.isAsked)
    return ["waits for ", h(Link, { key: "a", to: approvals({ dag: run.dag_id, run: run.dag_run_id }) }, "approval")];
  if (run.isOpen)
    return run.isAsked === false ? "is going on" : "is going on, or waits for approval: which of them cannot be read";
  const nothing = run.isWhole ? "it told of nothing sent" : "";
  const sent = run.accounts?.length ? said(addAccounts(run.accounts)) : nothing;
  const why = run.failure && sentence`; ${run.failure}`;
  return h(React.Fragment, null, h(Theirs, null, run.state), sent && `: ${sent}`, why);
};
/** Say which replays there were of an account, before somebody starts another. */
const Replays = ({ runs, more, unsaid, partial }) =>
  h(
    React.Fragment,
    null,
    runs.length > 0 && h("p", null, "These dead letters have been replayed, or are about to be:"),
    runs.length > 0 &&
      h(
        "ul",
        { "aria-label": "Replays" },
        runs.map((run) =>
          h(
            "li",
            { key: `${run.dag_id} ${run.dag_run_id}` },
            h(Link, { to: `/dags/${q(run.dag_id)}/runs/${q(run.dag_run_id)}` }, h(Theirs, null, run.dag_run_id)),
            ", ",
            h(Time, { at: run.run_after }),
            ": ",
            h(Outcome, { run }),
          ),
        ),
        more > 0 && h("li", { key: "more", className: "dim" }, `and ${count(more)} before`),
      ),
    unsaid > 0 &&
      h("p", { className: "dim" }, `${plural(unsaid, "replay")} of this task said not of which of its accounts.`),
    partial && h("p", { className: "dim" }, "Replays that are older, or that Airflow does not show you, are not here."),
  );
/** A replay that was started here: what it waits for, and what came of it. */
const Started = ({ dag, run }) => {
  const { data, error } = useLoaded(
    async (look) => readReplay(await call(`dags/${q(dag)}/dagRuns/${q(run)}`, look), look),
    [dag, run],
    ({ isOpen }) => isOpen,
  );
  const shown = React.useRef(null);
  React.useEffect(() => shown.current.focus(), []); // once, and not at every look
  return h(
    "div",
    { role: "status", tabIndex: -1, ref: shown },
    h(
      "p",
      { className: "good" },
      "Started: ",
      h(Link, { to: `/dags/${q(dag)}/runs/${q(run)}` }, h(Theirs, null, run)),
    ),
    data && h("p", null, "It ", data.isOpen ? "" : "has ended: ", h(Outcome, { run: data }), "."),
    data?.isOpen &&
      !data.isAsked &&
      h(
        "p",
        null,
        "Nothing is sent before somebody approves it, where the Dag asks for that: as soon as it does, it is among the ",
        h(Link, { to: approvals({ dag, run }) }, "required actions of this run"),
        ".",
      ),
    h(Trouble, { error: error ?? data?.why }),
  );
};
/** Start a Dag with the tag for the dead letters of one task instance: named by ids, so that it can read no other file. */
const Replay = ({ place, account, replays }) => {
  const [step, go] = React.useState({});
  const start = async (dag) => {
    go({ busy: true });
    const conf = {
      dag_id: place.dag,
      run_id: place.run,
      task_id: place.task,
      map_index: place.index,
      ...(account.ledger_key ? { ledger_key: account.ledger_key } : {}),
      ...(account.began ? { began: account.began } : {}),
    };
    try {
      go({ dag, started: (await call(`dags/${q(dag)}/dagRuns`, { body: { logical_date: null, conf } })).dag_run_id });
    } catch (refusal) {
      go({ dag, refusal });
    }
  };
  if (step.started) return h(Boundary, null, h(Started, { dag: step.dag, run: step.started }));
  if (!replays) return h("p", { className: "dim" }, "…");
  const { dags, total } = replays;
  if (!dags) return h("p", { className: "dim" }, "Whether they can be replayed from here cannot be read.");
  if (dags.length && !account.began && !account.isAlone)
    return h(
      "p",
      { className: "dim" },
      "They cannot be replayed from here: no ids tell which of this task's accounts is meant, since the version that " +
        "published them told no ",
      h(Code, null, "began"),
      ". To publish them again, give the folder to the same operator as its source.",
    );
  if (!dags.length)
    return h(
      "p",
      { className: "dim" },
      "To publish them again, give the folder to the same operator as its source. A Dag with the tag ",
      h("code", null, REPLAY_TAG),
      " that is not paused makes this a button here.",
    );
  if (step.asked)
    return h(
      "p",
      { role: "group", "aria-label": `Start ${text(step.asked)} for the dead letters of this task?` },
      "Start ",
      h(Code, null, step.asked),
      " for the dead letters of this task? ",
      h(Button, { onClick: () => start(step.asked) }, "Yes, start it"),
      h(Button, { autoFocus: true, onClick: () => go({ back: true }) }, "No"),
    );
  return h(
    "div",
    null,
    step.refusal &&
      h(
        "p",
        { className: "bad", role: "alert" },
        step.refusal.status === 403
          ? sentence`Airflow refuses (403): you may not start ${step.dag}. ${step.refusal.message}`
          : explain(step.refusal),
      ),
    h(Boundary, null, h(Replays, replays)),
    h(
      "p",
      null,
      dags.map((dag) =>
        h(
          Button,
          {
            key: dag.dag_id,
            disabled: step.busy,
            autoFocus: step.back || step.busy,
            onClick: () => go({ asked: dag.dag_id }),
          },
          dags.length > 1 ? sentence`Replay with ${dag.dag_id}` : "Replay",
        ),
      ),
    ),
    h(Left, { number: total - dags.length, what: ` of the Dags with the tag ${REPLAY_TAG}` }),
  );
};

const MOST_ALIKE = 20;

/** How many values the records of a reason have; a summary counts no more than one above the most. */
const valuesOf = (different) =>
  different > MOST_ALIKE ? `more than ${count(MOST_ALIKE)} values` : `${count(different)} values`;

const UNTOLD = {
  rejected: "refused by the server in words, which are not told here, since they may hold a value",
  invalid: "about a property whose name is not told here, since it may be a number",
};

/**
 * Return the rows of the reasons, and of how many of all they tell. Those that a summary does not tell apart, since
 * their words may hold a value, are one row for each fate.
 */
export const joinReasons = (reasons) => {
  const rows = [];
  const untold = new Map();
  for (const given of list(reasons, 12).filter(isObject)) {
    const reason = { ...given, alike: 1 };
    const isTold = [reason.rule, reason.property, reason.code].some((each) => each != null);
    const joined = isTold ? undefined : untold.get(reason.fate);
    if (!joined) {
      rows.push(reason);
      if (!isTold) untold.set(reason.fate, reason);
      continue;
    }
    joined.alike += 1;
    for (const key of ["count", "different"])
      joined[key] = isCount(joined[key]) && isCount(reason[key]) ? joined[key] + reason[key] : null;
  }
  const told = addUp(rows, (row) => row.count);
  return { rows: rows.sort((one, other) => other.count - one.count), told };
};
const ruleOf = ({ rule, property, code, fate, alike }) => {
  if (rule != null) return rule;
  if (property != null) return "";
  if (code != null) return code === "others" ? "other reasons" : code;
  const words = Object.hasOwn(UNTOLD, String(fate)) ? UNTOLD[fate] : "not told here, since it may hold a value";
  return alike > 1 ? `${plural(alike, "reason")}: ${words}` : words;
};

/**
 * Why records were not accepted: by property and rule, with an example by file and line, and never a value; and how
 * many of `all` have reasons that are not among these.
 */
const Reasons = ({ reasons, all, where }) => {
  const { rows, told } = joinReasons(reasons);
  return [
    rows.length > 0 &&
      h(Table, {
        key: "t",
        label: "Reasons",
        columns: ["reason", ["records"], "fate", "example"],
        rows: rows.map((reason) => {
          const { file, line } = isObject(reason.example) ? reason.example : {};
          return {
            cells: [
              [
                reason.property ? h(Code, { key: "p" }, reason.property) : null,
                " ",
                h(Theirs, { key: "r" }, ruleOf(reason)),
                reason.rule && reason.code
                  ? h("small", { key: "c", className: "dim" }, h(Theirs, null, reason.code))
                  : null,
                isCount(reason.different) && reason.different > 1
                  ? h("small", { key: "d", className: "dim" }, ` ${valuesOf(reason.different)}`)
                  : null,
              ],
              count(reason.count),
              h(Theirs, null, reason.fate),
              file ? [h(Code, { key: "f" }, file), isCount(line) ? `, line ${count(line)}` : ""] : "",
            ],
          };
        }),
      }),
    rows.length > 0 && h(Left, { key: "l", number: all - told, what: ` for other reasons, which ${where} have` }),
  ];
};

/** Say of a summary with events, or with records that become events, whether it is complete. */
const Standing = ({ row }) => {
  const open = obstacles(row);
  if (open.length)
    return h(
      "p",
      { className: "bad" },
      "Not complete: ",
      ...open.flatMap((obstacle, i) => (i ? ["; ", obstacle] : [obstacle])),
      ".",
    );
  if (isEmpty(row)) return h("p", { className: "dim" }, "There were no events.");
  const all = `every ${row.kind === "conversion" ? "record" : "event"} that was read has its fate.`;
  if (isFailed(row.value)) return h("p", null, `Though the task failed, ${all}`);
  return h("p", { className: "good" }, `Complete: ${all}`);
};
/** One account of events; `place` where its dead letters can be replayed from here. */
const Events = ({ account, place, isAlone, replays }) => {
  const dead = deadOf(account);
  return h(
    "section",
    null,
    h("h3", null, h(Theirs, null, account.stream)),
    h(Bar, { account }),
    h(AccountTable, { account, label: `Account of events: ${text(account.stream, 80)}` }),
    acceptedBefore(account) > 0 &&
      h(
        "p",
        null,
        `${count(acceptedBefore(account))} of the accepted are those of other tasks, with which it shares its account.`,
      ),
    isCount(account.tries) &&
      h(
        "p",
        { className: "dim" },
        `${plural(account.tries, "try", "tries")}${account.resumed === true ? ", resumed" : ""}. The last one: ` +
          `${plural(account.requests, "request")}, ${count(account.retries)} repeated, ${count(account.duration_seconds)} s, of which ${count(account.rate_limited_seconds)} s for the rate limit.`,
      ),
    dead > 0 && h("h3", null, `Dead letters: ${count(dead)}`),
    dead > 0 && h(Reasons, { reasons: account.reasons, all: dead, where: "the dead letters" }),
    dead > 0 &&
      account.dead_letters &&
      h(
        "p",
        null,
        "They are kept in ",
        h(Code, null, account.dead_letters),
        ", and not shown here: they hold customers' numbers.",
      ),
    dead > 0 && place && h(Replay, { place, account: { ...idsOf(account), isAlone }, replays }),
  );
};
/** What tells an account from the others of its task. */
const idsOf = (account) =>
  Object.fromEntries(
    ["ledger_key", "began"].map((key) => [key, typeof account[key] === "string" && account[key] ? account[key] : null]),
  );
/** The first account with dead letters of a summary: a replay is of those of all of its accounts, so there is one. */
const toReplay = (row) => accountsOf(row).find(deadOf);
/** All accounts of events in a summary. */
const Streams = ({ row, row: { isAlone, place, replays } }) =>
  accountsOf(row).map((account, i) =>
    h(Events, { key: i, account, isAlone, replays, place: account === toReplay(row) ? place : undefined }),
  );
const Publish = ({ row }) => [
  h(Standing, { key: "s", row }),
  ...recordsOf(row).map((value) => h("section", { key: "r" }, h("h3", null, "Records"), h(Records, { value }))),
  h(Streams, { key: "e", row }),
];
const Transfer = ({ row, row: { value } }) => [
  h(Standing, { key: "s", row }),
  h("h3", { key: "u" }, "Users"),
  h(Table, {
    key: "t",
    label: "Account of users",
    columns: [["users"], ["read"], ...USERS.map((key) => [key])],
    rows: [{ cells: [value.users, value.read, ...USERS.map((key) => value[key])].map(count) }],
  }),
  list(value.unmapped_presences).length > 0 &&
    h(Table, {
      key: "un",
      label: "Presences that no rule maps",
      columns: ["unmapped: category", "sub-category", "description", ["users"]],
      rows: list(value.unmapped_presences, 12)
        .filter(isObject)
        .map((one) => ({
          cells: [
            h(Theirs, null, one.category),
            h(Theirs, null, one.sub_category),
            h(Theirs, null, one.description),
            count(one.count),
          ],
        })),
    }),
  list(value.unmapped_presences).length > 0 &&
    h(Left, {
      key: "ul",
      number: value.unmapped - addUp(list(value.unmapped_presences, 12), (one) => one?.count),
      what: " of the users, with other presences",
    }),
  list(value.missing_users).length > 0 &&
    h(
      "p",
      { key: "mi" },
      "Missing: ",
      list(value.missing_users, 20).map((user, i) => [i ? ", " : "", h(Code, { key: i }, user)]),
    ),
  list(value.missing_users).length > 0 &&
    h(Left, { key: "ml", number: value.missing - list(value.missing_users, 20).length, what: " of them" }),
  h(Streams, { key: "e", row }),
];
const Plan = ({ row }) =>
  row.value.checksum === null ? h("p", null, "No plan was made.") : h(PlanMade, { row });
const PlanMade = ({ row: { value, place } }) => {
  const triedOf = (found) => (found?.rows ?? []).filter((row) => row.value.checksum === value.checksum);
  const { data, error } = useLoaded(
    (look) => readRows({ dag: place.dag, run: place.run, kind: "apply", look }, 0),
    [place.dag, place.run, value.checksum],
    (found) => changed(value) && triedOf(found).every((row) => row.value.applied === false),
  );
  const tried = triedOf(data);
  const last = tried.find((row) => row.value.applied !== false) ?? tried[0];
  return [
    h(
      Markdown,
      { key: "md" },
      typeof value.markdown === "string" ? value.markdown : `${changes(value)}${value.safe ? "" : "; UNSAFE"}`,
    ),
    h(Trouble, { key: "error", error: data && error }),
    h(
      "p",
      { key: "applied", "aria-live": "polite" },
      last
        ? [
            last.value.applied !== false
              ? "Applied by "
              : changed(last.value)
                ? "Not all applied by "
                : "Not applied by ",
            h(TaskLink, { key: "t", place: last.place }),
            ", ",
            h(Time, { key: "at", at: last.told }),
            ".",
          ]
        : !data
          ? error
            ? ["Whether it was applied cannot be read. ", explain(error)]
            : "…"
          : changed(value)
            ? [
                data.next < data.total
                  ? `Not applied, as far as the newest ${count(data.next)} of ${count(data.total)} summaries of this run tell.`
                  : remarks(data).some(Boolean)
                    ? "Not applied, as far as the summaries of this run can be read."
                    : "Not applied in this run.",
                ...remarks(data, "run"),
                " If somebody has to approve it, that is among the ",
                h(Link, { key: "ask", to: approvals(place) }, "required actions of this run"),
                ".",
              ]
            : "There is nothing to apply.",
    ),
  ];
};
const Apply = ({ row: { value } }) => [
  value.checksum === null && h("p", { key: "n" }, "There was no plan to apply."),
  typeof value.applied === "boolean" &&
    h(
      "p",
      { key: "a", className: value.applied ? "good" : "bad" },
      value.applied
        ? "All of the plan is done, and seen to be."
        : changed(value)
          ? "Not all of the plan is applied."
          : "Nothing of the plan is applied.",
    ),
  h(Table, {
    key: "t",
    label: "What was done",
    columns: [...CHANGES, "already", "unchanged", "twins"].map((key) => [key]),
    rows: [{ cells: [...CHANGES, "already", "unchanged", "twins"].map((key) => count(value[key])) }],
  }),
  typeof value.markdown === "string" && h(Markdown, { key: "md" }, value.markdown),
];
const Difference = ({ value: { rows, rows_left: left } }) => [
  h(Table, {
    key: "t",
    label: "Difference",
    columns: ["what", "resource", "which", "field", "before", "after"],
    rows: list(rows)
      .filter(isObject)
      .map((row) => ({
        cells: [
          ...["what", "resource", "which", "field"].map((key) => h(Theirs, null, row[key])),
          row.before ? h("del", null, h(Theirs, null, row.before)) : "",
          row.after ? h("ins", null, h(Theirs, null, row.after)) : "",
        ],
      })),
  }),
  h(Left, {
    key: "l",
    number: leftOf(rows) + (isCount(left) ? left : 0),
    what: " of the rows, which the difference's files have",
  }),
];
const Export = ({ row: { value } }) => [
  h(
    "p",
    { key: "d" },
    h("b", null, difference(value)),
    ...list(value.state_changes).map((change) => sentence`; ${change}`),
  ),
  h(Left, { key: "sl", number: leftOf(value.state_changes), what: " of the resources that went or came" }),
  h(Table, {
    key: "r",
    label: "Resources",
    columns: ["resource", "state", ["count"]],
    rows: resourcesOf(value).map(([name, one]) => ({
      cells: [h(Theirs, null, name), h(Theirs, null, one?.state), count(one?.count)],
    })),
  }),
  h(Left, {
    key: "rl",
    number: Object.keys(value.resources).length - resourcesOf(value).length,
    what: " of the resources",
  }),
  list(value.rows).length > 0 && h(Difference, { key: "rows", value }),
  h(
    "p",
    { key: "s", className: "dim" },
    "Snapshot: ",
    h(Code, null, value.snapshot ?? "none"),
    value.diff ? [", difference: ", h(Code, { key: "f" }, value.diff)] : "",
  ),
];
/** One account of records. */
const Records = ({ value }) => [
  h(Table, {
    key: "t",
    label: "Account of records",
    columns: [["records"], ...RECORDS.map((key) => [key.replace("_", " ")]), ["events"], ["conversations"]],
    rows: [{ cells: ["records", ...RECORDS, "events_written", "conversations"].map((key) => count(value[key])) }],
  }),
  value.rejected > 0 && h(Reasons, { key: "why", reasons: value.reasons, all: value.rejected, where: "the rejects" }),
  value.rejected > 0 && h("p", { key: "r" }, "Rejected records, each with its reason: ", h(Code, null, value.rejects)),
  h(
    "p",
    { key: "e", className: "dim" },
    "Events: ",
    filesOf(value).map((path, i) => [i ? ", " : "", h(Code, { key: i }, path)]),
    filesOf(value).length ? "" : "none",
  ),
];
const Conversion = ({ row }) => [h(Standing, { key: "s", row }), h(Records, { key: "r", value: row.value })];
const DETAILS = {
  publish: Publish,
  transfer: Transfer,
  plan: Plan,
  apply: Apply,
  sync: Apply,
  export: Export,
  conversion: Conversion,
};
const Details = ({ row }) => h(DETAILS[row.kind], { row });

/** Whether no other account of a task has the ids of this one, for all that was read of them. */
const isAlone = (row, { rows, next, total, partial, unread }) =>
  next >= total &&
  !partial &&
  unread.every(isHere) &&
  rows.every((other) => other.key === row.key || !accountsOf(other).length || ledgerKeyOf(other) !== ledgerKeyOf(row));

/** Read one task instance: what Airflow knows of it, what it told of each of its accounts, and which replays there were. */
const readOne = async (place, look, show, before) => {
  const { answer: task, why } = await readTask(place, look); // first: of one that has ended all is there then
  const told = await readRows({ ...place, look }, 0, { wanted: ACCOUNTS });
  const rows = told.rows.map((row) => ({ ...row, isAlone: isAlone(row, told) }));
  const found = { ...told, rows, task, why };
  if (!rows.some(toReplay)) return found;
  if (!before) show(found);
  const replayDags = await readReplayDags(look);
  const withReplays = async (row) => {
    if (!toReplay(row)) return row;
    const account = { ...idsOf(toReplay(row)), isAlone: row.isAlone };
    return { ...row, replays: { ...replayDags, ...(await readReplays(replayDags, place, account, look)) } };
  };
  return { ...found, rows: await forEach(rows, withReplays), replayWhys: replayDags.whys };
};
/** What of replays could not be read; what one may not see of them is said beside them. */
const lostOf = ({ rows, replayWhys = [] }) =>
  [...replayWhys, ...rows.flatMap((row) => (row.replays?.runs ?? []).map((run) => run.why))].filter(
    (why) => why && !isRefused(why),
  );
/** Whether the state of a task may be another one soon: who may not see it will not so soon. */
const mayChange = ({ task, why }) => (why ? !isRefused(why) : mayTellMore(task));
/** Whether there may be something new of replays soon. */
const mayBeReplayed = (data) =>
  lostOf(data).length > 0 || data.rows.some((row) => row.replays?.runs.some((run) => run.isOpen));
const One = ({ place }) => {
  const {
    data: whole,
    some: data = whole,
    error,
  } = useLoaded(
    (look, show, before) => readOne(place, look, show, before),
    [nameOf(place)],
    (found) => mayChange(found) || mayBeReplayed(found),
  );
  const lost = data ? lostOf(data) : [];
  return h(
    "div",
    null,
    h(Heading, null, h(Theirs, null, called(place))),
    h(
      "p",
      { className: "dim" },
      "Dag ",
      h(Code, null, place.dag),
      ", run ",
      h(Link, { to: runHere(place) }, h(Theirs, null, place.run)),
      ". ",
      h(Link, { to: inAirflow(place) }, "Logs and details of the task"),
    ),
    h(Troubles, { errors: [error ?? data?.why, ...lost] }),
    lost.length > 0 && h("p", { className: "dim" }, "Of replays not all could be read, or read again."),
    !data && !error && h(Status, null, "Loading …"),
    data &&
      h(
        "p",
        null,
        "State: ",
        h("b", null, text(data.task?.state ?? "unknown")),
        ". ",
        mayChange(data) && "This page looks again every ten seconds.",
      ),
    data &&
      !data.rows.length &&
      h(
        "p",
        null,
        data.total
          ? data.why || remarks(data).some(Boolean)
            ? "It cannot be known whether what this task told is a summary of the Genesys Cloud provider."
            : "What this task told is no summary of the Genesys Cloud provider."
          : "This task has told nothing yet, or is no task of the Genesys Cloud provider.",
        ...remarks(data, "task"),
      ),
    data?.rows.length > 0 &&
      remarks(data).some(Boolean) &&
      h("p", { className: "dim" }, ...remarks(data, "task")),
    data?.rows.map((row) =>
      h(
        "article",
        { key: row.key, "data-kind": row.kind },
        h(
          "p",
          null,
          h("b", null, KINDS[row.kind]),
          accountName(row) === undefined
            ? ""
            : [ledgerKeyOf(row) ? ", ledger " : ", account ", h(Code, { key: "k" }, accountName(row))],
          ", told ",
          h(Time, { at: row.told }),
        ),
        h(Failure, { value: row.value }),
        h(Boundary, null, h(Details, { row: { ...row, isAlone: isAlone(row, data) } })),
      ),
    ),
    data?.next < data?.total &&
      h(
        "p",
        { className: "dim" },
        `These are the newest ${count(data.next)} of ${plural(data.total, "summary", "summaries")} of this task: `,
        h(Link, { to: runHere(place) }, "the run"),
        " adds up all of them.",
      ),
  );
};

// --- One run ---------------------------------------------------------------------------------------------------------

/** Read which tasks of a run are not done, or failed; there is no answer where there is no such run yet. */
const readOpen = async ({ dag, run }, look) => {
  const wanted = await statesWanted("failed", "upstream_failed", "none");
  const path = `dags/${q(dag)}/dagRuns/${q(run)}/taskInstances?limit=${LISTED}&${wanted}`;
  return attempt(look, path, () => call(path, look).catch(orNothing));
};
/** Whether a task of a run may tell more, for all that is known of them: there may be more than are listed. */
const canTellMore = ({ task_instances: tasks, total_entries: total }) => tasks.some(mayTellMore) || total > tasks.length;
const Run = ({ dag, run }) => {
  const gathered = useGathered({ dag, run }, [dag, run], {
    readFirst: async (look) => ({ open: await readOpen({ dag, run }, look) }),
    again: ({ open: { answer, why } }) => (why ? !isRefused(why) : !answer || canTellMore(answer)),
  });
  const { rows, busy, next, total, partial, unread, noTasks, error, open } = gathered;
  const accounts = rows.flatMap(accountsOf);
  const converted = rows.flatMap(recordsOf);
  const records = addRecords(converted);
  const sum = addAccounts(accounts);
  const openTasks = (open?.answer?.task_instances ?? []).map((task) => [
    placeOf(task),
    task.state === "none" || !task.state ? "has not begun" : task.state.replaceAll("_", " "),
  ]);
  const told = rows.flatMap((row) => [
    ...(isFailed(row.value) ? [[row.place, sentence`failed: ${row.value.failure}`]] : []),
    ...obstacles(row).map((obstacle) => [row.place, obstacle]),
  ]);
  const inTheWay = [...openTasks, ...told.slice(0, LISTED)]; // each cut by itself: neither hides the other
  return h(
    "div",
    null,
    h(Heading, null, "Run ", h(Theirs, null, run)),
    h(
      "p",
      { className: "dim" },
      "Dag ",
      h(Code, null, dag),
      ". ",
      h(Link, { to: `/dags/${q(dag)}/runs/${q(run)}` }, "The run in Airflow"),
      ", ",
      h(Link, { to: approvals({ dag, run }) }, "its required actions"),
    ),
    h(Troubles, { errors: [error, open?.why] }),
    h(
      Status,
      null,
      busy
        ? `Read ${count(next)}${total === undefined ? "" : ` of ${count(total)}`} summaries …`
        : `${plural(rows.length, "account")}${next < total ? `, of the first ${count(next)} of ${count(total)} summaries` : ""}.`,
      ...remarks({ partial, unread, noTasks }, "run"),
    ),
    h(More, { gathered }, "Read on"),
    accounts.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, `All accounts of events added up: ${count(accounts.length - sum.left)}`),
        h(Bar, { account: sum }),
        h(AccountTable, { account: sum }),
        h(LeftOut, { number: sum.left }),
        sum.before > 0 && h(Before),
      ),
    converted.length > 0 &&
      h(
        "section",
        null,
        h("h3", null, `All accounts of records added up: ${count(converted.length - records.left)}`),
        h(Table, {
          label: "Account of records",
          columns: ["records", ...RECORDS].map((key) => [key.replace("_", " ")]),
          rows: [{ cells: ["records", ...RECORDS].map((key) => count(records[key])) }],
        }),
        h(LeftOut, { number: records.left }),
      ),
    h("h3", null, "What stands in the way of complete"),
    inTheWay.length
      ? h(
          "ul",
          null,
          inTheWay.map(([place, what], i) =>
            h("li", { key: i, className: "bad" }, h(TaskLink, { place }), ": ", what),
          ),
        )
      : h(
          "p",
          { className: "good" },
          busy || !open
            ? "…"
            : unread.length || noTasks || partial || next < total || error || open.why || !open.answer
              ? "Nothing in what was read."
              : "Nothing: every task is done, and every event that was read has its fate.",
        ),
    h(Left, {
      number: open?.answer?.total_entries - openTasks.length,
      what: " of the tasks that are not done, or failed",
    }),
    h(Left, { number: told.length - LISTED, what: " of what the accounts tell" }),
    rows.length > 0 && h("h3", null, "Accounts"),
    rows.length > 0 && h(Summaries, { rows: rows.slice(0, LISTED), label: "Accounts of this run" }),
    h(Left, { number: rows.length - LISTED, what: " of the accounts, which are in the sums" }),
  );
};

// --- The navigation page: now, the list, day by day, the configuration ------------------------------------------------

/** The operators whose tasks are listed while they have told nothing yet. */
export const OPERATORS = {
  GenesysCloudPublishEventsOperator: "publish",
  RecordsToGenesysCloudOperator: "publish",
  VonagePresenceToGenesysCloudOperator: "transfer",
  GenesysCloudPlanPresenceDefinitionsOperator: "plan",
  GenesysCloudApplyPresenceDefinitionsOperator: "apply",
  GenesysCloudSyncPresenceDefinitionsOperator: "sync",
  GenesysCloudExportOperator: "export",
  GenesysCloudExportWebchatSettingsOperator: "export",
  GenesysCloudConvertRecordsOperator: "conversion",
};
const isOurOperator = (task) => Object.hasOwn(OPERATORS, task?.operator ?? "");
const operatorsOf = (kind) =>
  Object.keys(OPERATORS)
    .filter((name) => !kind || OPERATORS[name] === kind)
    .map((name) => `operator=${name}`)
    .join("&");

/**
 * Tasks that are going on, and are the provider's by the link that they pushed, not by their operator: classes that
 * derive from one. Those of the newest 100 links are found.
 */
const readDerived = async (look) => {
  const listPiece = await listXComs({ wanted: { xcom_key: LINK_KEY }, look });
  const { entries, total, partial, isLong } = await listPiece(0, 100);
  const places = entries.map(placeOf);
  const found = await askForTasks(places, { state: await knownGoingOn() }, look);
  const linked = new Set(places.map(nameOf));
  const others = found.task_instances.filter((task) => !isOurOperator(task) && linked.has(nameOf(placeOf(task))));
  const ours = await forEach(others, (task) =>
    attempt(look, `whether ${nameOf(placeOf(task))} is ours`, () => isOurs(placeOf(task), task, look)),
  );
  return {
    tasks: others.filter((_, i) => ours[i].answer),
    left: found.total_entries - found.task_instances.length + ours.filter(({ answer }) => answer === undefined).length,
    isCut: partial || total > entries.length,
    isLong,
  };
};

/** Read what waits for an answer in all Dags, newest first, and how many more there are. Hardly any of it asks for a plan. */
const readQuestions = async (look) => {
  const wanted = `response_received=false&order_by=-created_at&limit=100&${await statesWanted()}`;
  const questions = [];
  let total = QUESTIONS;
  while (questions.length < Math.min(total, QUESTIONS)) {
    const piece = await call(`dags/~/dagRuns/~/hitlDetails?${wanted}&offset=${questions.length}`, look);
    total = piece.hitl_details.length ? piece.total_entries : questions.length; // some are answered in the meantime
    questions.push(...piece.hitl_details);
  }
  return { questions, left: total - questions.length };
};
/** Return what tells whether any task of a Dag has told a summary: one request for all that is asked in it. */
const askForSummaries = (look) => {
  const answers = new Map();
  const tellsAny = async (dag) => {
    const path = `dags/${q(dag)}/dagRuns/~/taskInstances/~/xcomEntries?xcom_key=summary&limit=1`;
    return (await call(path, look)).total_entries > 0;
  };
  return (dag) => {
    if (!answers.has(dag)) answers.set(dag, tellsAny(dag));
    return answers.get(dag);
  };
};
/** Questions by their tasks' ids in whose run there is no plan. Who asks for a plan does so after it was made. */
const withoutPlan = new Set();
/** Read the plan of the run in which something is asked, and what there is to say if there is none that could be read. */
const readAsked = async ({ task_instance: task, subject }, tellsSummaries, look) => {
  if (withoutPlan.has(task.id)) return undefined;
  const place = placeOf(task);
  const read = async () => {
    if (!(await tellsSummaries(place.dag))) return { rows: [], unread: [] };
    return readRows({ dag: place.dag, run: place.run, kind: "plan", look }, 0, { wanted: 1 });
  };
  const { answer: found, why } = await attempt(look, `plan before ${task.id}`, read);
  if (found?.rows.length) return { place, subject, row: found.rows[0], why: why ?? found.rows[0].why };
  if (why) return { place, subject, unsure: explain(why) };
  const unsure = found.next < found.total ? ["its run has more summaries than are looked at."] : remarks(found, "run");
  if (unsure.some(Boolean)) return { place, subject, unsure: h(React.Fragment, null, ...unsure) };
  if (withoutPlan.size >= 2000) withoutPlan.clear();
  withoutPlan.add(task.id);
  return undefined;
};
/**
 * Replays that wait for somebody's approval: what is asked by Dags with the tag, of each the newest; `unread` is of what
 * none could be read, or not again.
 */
const readReplaysAsked = async (look) => {
  const wanted = `response_received=false&order_by=-created_at&limit=${PAGE_SIZE}&${await statesWanted()}`;
  const tagged = await ask(`dags?tags=${REPLAY_TAG}&limit=10`, look);
  const dags = tagged.answer?.dags ?? [];
  const lists = await forEach(dags, (dag) => ask(`dags/${q(dag.dag_id)}/dagRuns/~/hitlDetails?${wanted}`, look));
  const read = lists.flatMap(({ answer }) => answer ?? []);
  return {
    replays: read
      .flatMap((some) => some.hitl_details)
      .map((detail) => ({ place: placeOf(detail.task_instance), subject: detail.subject })),
    moreReplays: read.reduce((sum, some) => sum + some.total_entries - some.hitl_details.length, 0),
    moreReplayDags: tagged.answer ? tagged.answer.total_entries - dags.length : 0,
    unread: [
      ["Dags that replay", tagged],
      ...lists.map((list, d) => [`required actions of ${text(dags[d].dag_id, 80)}`, list]),
    ],
  };
};

/** Tasks of the provider that are going on, and plans and replays that wait for somebody's approval; and what of it could not be read. */
const readNow = async (look) => {
  const derived = await attempt(look, "tasks with links", () => readDerived(look));
  const wanted = `${await statesWanted()}&${operatorsOf()}`;
  const tasks = await ask(`dags/~/dagRuns/~/taskInstances?limit=${PAGE_SIZE}&order_by=-start_date&${wanted}`, look);
  const asked = await attempt(look, "questions", () => readQuestions(look));
  const tellsSummaries = askForSummaries(look);
  const found = await forEach(asked.answer?.questions ?? [], (question) => readAsked(question, tellsSummaries, look));
  const { unread: noReplays, ...replays } = await readReplaysAsked(look);
  return {
    ...replays,
    tasks: [...(derived.answer?.tasks ?? []), ...(tasks.answer?.task_instances ?? [])],
    more: tasks.answer ? tasks.answer.total_entries - tasks.answer.task_instances.length : 0,
    strange: derived.answer?.left,
    isCut: derived.answer?.isCut,
    isLong: derived.answer?.isLong,
    notAsked: asked.answer?.left,
    unread: [
      ["links of tasks", tasks.why ? {} : derived],
      ["tasks", tasks],
      ["required actions", asked],
      ...noReplays.filter(([, { why }]) => why && !(isRefused(why) && asked.why)), // who may see none is told so once
    ].filter(([, { why }]) => why),
    waiting: found.filter((each) => each?.row),
    unsure: found.filter((each) => each?.unsure),
  };
};
/** What of all that goes on could not be read: of what one may not see it is enough to name it. */
const Unread = ({ unread, unsure, strange, notAsked, moreReplayDags }) => {
  const unseen = unread.filter(([, { why }]) => why.status < 500);
  const isKept = unseen.some(([, { answer }]) => answer);
  return h(
    React.Fragment,
    null,
    unseen.length > 0 &&
      h(
        "p",
        { className: "dim" },
        `What is going on is not all here${isKept ? ", or as it was before" : ""}: `,
        `Airflow shows you no ${unseen.map(([what]) => what).join(" and no ")}.`,
      ),
    unread
      .filter(([, { why }]) => why.status >= 500)
      .map(([what, { answer, why }]) =>
        h(
          "p",
          { key: what, className: "bad", role: "alert" },
          `Of ${what} nothing ${answer ? "new " : ""}can be read. `,
          explain(why),
        ),
      ),
    unsure.length > 0 && h("p", { className: "dim" }, "Of these it is not known whether a plan waits for them:"),
    unsure.length > 0 &&
      h(
        "ul",
        { "aria-label": "Not known" },
        unsure
          .slice(0, PAGE_SIZE)
          .map(({ place, subject, unsure: why }, i) =>
            h(
              "li",
              { key: i },
              h(Link, { to: approvals(place) }, h(Theirs, null, subject || called(place))),
              ", Dag ",
              h(Theirs, null, place.dag),
              ": ",
              why,
            ),
          ),
      ),
    h(Left, { number: unsure.length - PAGE_SIZE }),
    h(Left, { number: notAsked, what: " required actions of all Dags, which are older and not looked at for a plan" }),
    h(Left, { number: moreReplayDags, what: ` of the Dags with the tag ${REPLAY_TAG}, which are not looked at` }),
    h(Left, { number: strange, what: " that go on, of which it is not known whether they are this provider's" }),
  );
};
const Now = () => {
  const { data, error } = useLoaded(readNow, [], () => true);
  if (!data) return h(Trouble, { error });
  const cut = [data.strange, data.notAsked, data.moreReplayDags].some((number) => number > 0);
  const all = !cut && !data.unread.length && !data.unsure.length;
  if (!(data.tasks.length || data.waiting.length || data.replays.length))
    return h(
      React.Fragment,
      null,
      h(Trouble, { error }),
      h(Unread, data),
      all &&
        h(
          "p",
          { className: "dim" },
          "Nothing is running, pending or waiting for approval",
          data.isCut &&
            ", as far as is looked at: of classes of your own, and tasks with the hook, at those with the newest links",
          ".",
        ),
    );
  return h(
    "section",
    { "aria-label": "Now" },
    h("h3", null, "Now"),
    h(Trouble, { error }),
    h(Unread, data),
    h(
      "ul",
      null,
      data.replays.map(({ place, subject }) =>
        h(
          "li",
          { key: `r ${nameOf(place)}` },
          "Waiting for approval: ",
          h(Link, { to: approvals(place) }, h(Theirs, null, subject || called(place))),
          ", Dag ",
          h(Theirs, null, place.dag),
          ", run ",
          h(Theirs, null, place.run),
        ),
      ),
      data.waiting.map((each, i) =>
        h(
          "li",
          { key: `w${i}` },
          "Waiting for approval: ",
          h(Link, { to: approvals(each.place) }, h(Theirs, null, each.subject || called(each.place))),
          ", Dag ",
          h(Theirs, null, each.place.dag),
          ": ",
          h(TaskLink, { place: each.row.place }),
          " has ",
          changes(each.row.value),
          each.row.value.safe ? "" : " (UNSAFE)",
          each.why ? [", as it was before. ", explain(each.why)] : "",
        ),
      ),
      data.tasks.map((task) =>
        h(
          "li",
          { key: nameOf(placeOf(task)) },
          h("b", null, text(task.state).replaceAll("_", " ")),
          ": ",
          h(TaskLink, { place: placeOf(task) }),
          ", Dag ",
          h(Theirs, null, task.dag_id),
          task.start_date ? [", since ", h(Time, { key: "at", at: task.start_date })] : "",
        ),
      ),
    ),
    data.moreReplays > 0 &&
      h("p", { className: "dim" }, `and ${plural(data.moreReplays, "older replay")} waiting for approval`),
    h(Left, { number: data.more }),
  );
};

const FILTERS = ["like", "kind", "state", "from", "to"];
/** The filter is in the address, so that a link to this page shows a colleague the same. */
const Filter = ({ view, filter, go, states = true }) => {
  const submit = (event) => {
    event.preventDefault();
    const given = Object.fromEntries([...new FormData(event.currentTarget)].filter(([, value]) => value.trim()));
    go({ ...(view ? { view } : {}), ...given });
  };
  const field = (name, label, control) =>
    h("label", null, label, h(control.type, { name, defaultValue: filter[name] ?? "", ...control.props }));
  const options = (all) => [
    h("option", { key: "", value: "" }, "all"),
    ...Object.entries(all).map(([value, label]) => h("option", { key: value, value }, label)),
  ];
  return h(
    "form",
    { onSubmit: submit, key: JSON.stringify(filter), role: "search", "aria-label": "Filter" },
    field("like", "Dag", h("input", { type: "search", placeholder: "part of its name" })),
    states && field("kind", "Kind", h("select", null, options(KINDS))),
    states &&
      field(
        "state",
        "State",
        h("select", null, options(Object.fromEntries(Object.entries(STATES).map(([key, [label]]) => [key, label])))),
      ),
    field("from", "Runs from", h("input", { type: "date", min: FIRST_DAY, max: LAST_DAY })),
    field("to", "to", h("input", { type: "date", min: FIRST_DAY, max: LAST_DAY })),
    h("button", { type: "submit" }, "Filter"),
    FILTERS.some((key) => filter[key]) && h(Link, { to: view ? `${PAGE_PATH}?view=${view}` : PAGE_PATH }, "Clear"),
  );
};

/** Failed tasks, by name and end, and whether they have a summary: an end is for good. */
const ended = new Map();
/** Whether a name has a part in it as Airflow looks for it, in SQL: `%` stands for any signs, and `_` for one. */
const isLike = (name, part) => {
  let rest = name;
  return part.split("%").every((piece) => {
    const signs = piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replaceAll("_", ".");
    const found = new RegExp(signs, "is").exec(rest);
    rest = found ? rest.slice(found.index + found[0].length) : "";
    return found;
  });
};
/**
 * Read the provider's tasks that failed and have told nothing, since their worker was gone: those that ended in the time
 * of which a page of a list tells, so that each is on one page. Of `left` it is not known whether they told anything.
 * Airflow 3.1 gives those of all Dags, whatever Dag it is asked for.
 */
const readSilent = async (filter, offset, { next, total, told, last }, listing) => {
  const { like, kind, state, from, to, look } = filter;
  if ((state && !["failed", "incomplete"].includes(state)) || (offset > 0 && offset >= total)) return { rows: [] };
  const wanted = new URLSearchParams({ state: "failed", order_by: "-end_date", limit: 100 });
  if (like) wanted.set("dag_id_pattern", like);
  if (from) wanted.set("run_after_gte", startOf(from));
  if (to) wanted.set("run_after_lt", startOf(to, 1));
  if (next < total) wanted.set("end_date_gte", last);
  if (offset > 0) {
    const listPiece = await listing;
    const { entries } = await listPiece(offset - 1, 1);
    if (entries.length) wanted.set("end_date_lt", entries[0].timestamp);
  }
  const found = await call(`dags/~/dagRuns/~/taskInstances?${wanted}&${operatorsOf(kind)}`, look);
  const isHeeded = !like || (await minorVersion()) > 1;
  const others = found.task_instances.filter(
    (task) => (isHeeded || isLike(task.dag_id, like)) && !told.has(nameOf(placeOf(task))),
  );
  const looked = others.slice(0, PAGE_SIZE);
  const hasTold = async (task) => {
    const place = placeOf(task);
    const name = `${nameOf(place)} ${task.end_date}`;
    if (!ended.has(name)) {
      const path = `${taskPath(place)}/xcomEntries?xcom_key=summary&map_index=${place.index}&limit=1`;
      const { total_entries: number } = await call(path, look);
      if (ended.size >= 2000) ended.clear();
      ended.set(name, number > 0);
    }
    return ended.get(name);
  };
  const tell = await forEach(looked, (task) =>
    attempt(look, `whether ${nameOf(placeOf(task))} told`, () => hasTold(task)),
  );
  const unknown = tell.filter(({ answer }) => answer === undefined).length;
  return {
    rows: looked
      .filter((_, i) => tell[i].answer === false)
      .map((task) => ({ ...listed({ ...task, key: "summary", timestamp: task.end_date }), task, isSilent: true })),
    left: found.total_entries - found.task_instances.length + others.length - looked.length + unknown,
  };
};
/** Read one page of the list: summaries, and the failed tasks of that time that have none. */
const readLatest = async (filter, offset, show) => {
  const listing = listSummaries(filter);
  const page = await readRows(filter, offset, { show, listing });
  const silent = await attempt(filter.look, "silent", () => readSilent(filter, offset, page, listing));
  return { ...page, silent };
};
const byTime = (one, other) => Date.parse(other.told) - Date.parse(one.told) || 0;
const Latest = ({ filter, go, offset }) => {
  const keys = [...FILTERS.map((key) => filter[key]), offset, zone()]; // a day is from midnight to midnight there
  const {
    data,
    error,
    some: rows = data?.rows,
  } = useLoaded((look, show, before) => readLatest({ ...filter, look }, offset, before ? undefined : show), keys);
  const silent = data?.silent.answer?.rows ?? [];
  return h(
    "div",
    null,
    h(Filter, { filter, go }),
    h(Trouble, { error }),
    rows && h(Summaries, { rows: [...rows, ...silent].sort(byTime), label: "Summaries, newest first" }),
    !data && !error && h(Status, null, "Loading …"),
    data &&
      h(
        Status,
        null,
        data.rows.length
          ? `${plural(data.rows.length, "row")}; looked at ${count(offset + 1)} to ${count(data.next)} of ${count(data.total)} summaries.`
          : data.total
            ? data.next > offset
              ? `None of the summaries ${count(offset + 1)} to ${count(data.next)} of ${count(data.total)} is one of these.`
              : `There are no more: it is ${plural(data.total, "summary", "summaries")} in all.`
            : ["like", "from", "to"].some((key) => filter[key])
              ? "Of the tasks that you may see, there is no summary of this Dag and these days."
              : "There is no summary of any task that you may see.",
        silent.length ? ` ${plural(silent.length, "task")} failed and told nothing.` : "",
        ...remarks(data),
      ),
    data?.silent.why &&
      h(
        "p",
        { className: "dim" },
        `Tasks that failed and told nothing are ${data.silent.answer ? "as they were before" : "not here"}. `,
        explain(data.silent.why),
      ),
    h(Left, {
      number: data?.silent.answer?.left,
      what: " of the tasks that failed in that time; of them it is not known whether they told anything",
    }),
    h(Turning, { offset, found: data, turn: (to) => go({ ...filter, ...(to ? { offset: to } : {}) }) }),
  );
};

/** Add up the accounts of rows day by day, the newest day first. */
export const addDays = (rows) => {
  const days = new Map();
  for (const row of rows) {
    const accounts = accountsOf(row);
    if (!accounts.length) continue;
    const day = dayOf(row.ran);
    days.set(day, [...(days.get(day) ?? []), ...accounts]);
  }
  return [...days]
    .map(([day, accounts]) => {
      const sum = addAccounts(accounts);
      return { day, accounts: accounts.length - sum.left, ...sum };
    })
    .sort((one, other) => (one.day < other.day ? 1 : -1));
};
const DRAWN = 31; // days of the picture
const DayChart = ({ days }) => {
  const shown = days.slice(0, DRAWN).reverse();
  const most = Math.max(1, ...shown.map((day) => day.read));
  const [width, height] = [720 / Math.max(shown.length, 7), 160];
  const middle = (i) => (i + 0.5) * width;
  const level = (day) => height - (day.read ? Math.min(day.accepted / day.read, 1) : 0) * height;
  return h(
    "svg",
    {
      className: "days",
      viewBox: `0 -6 720 ${height + 26}`,
      role: "img",
      "aria-label": `Events and share accepted of ${plural(shown.length, "day")}; the table below has the numbers`,
    },
    shown.map((day, i) => {
      let y = height;
      return h(
        "g",
        { key: day.day },
        FATES.map((fate) => {
          const tall = (day[fate] / most) * height;
          y -= tall;
          return (
            tall > 0 &&
            h(
              "rect",
              { key: fate, className: fate, x: i * width + width * 0.15, y, width: width * 0.7, height: tall },
              h("title", null, `${day.day}: ${count(day[fate])} ${fate}`),
            )
          );
        }),
        (shown.length <= 10 || i % 5 === 0) &&
          h("text", { x: middle(i), y: height + 15, textAnchor: "middle" }, day.day.slice(5)),
      );
    }),
    h("polyline", { className: "share", points: shown.map((day, i) => `${middle(i)},${level(day)}`).join(" ") }),
    shown.map((day, i) =>
      h(
        "circle",
        { key: day.day, className: "share", cx: middle(i), cy: level(day), r: 3 },
        h("title", null, `${day.day}: ${percent(day.accepted, day.read) || "–"} accepted`),
      ),
    ),
  );
};
const Gathered = ({ gathered }) => {
  const { rows, next, total, busy, partial, unread, noTasks } = gathered;
  return [
    h(
      Status,
      { key: "s" },
      busy
        ? `Read ${count(next)}${total === undefined ? "" : ` of ${count(total)}`} summaries …`
        : `From ${plural(rows.length, "account")} among the newest ${count(next)} of ${count(total ?? 0)} summaries.`,
      ...remarks({ partial, unread, noTasks }),
    ),
    h(More, { key: "m", gathered }, "Read older ones, too"),
  ];
};
const Days = ({ filter, go }) => {
  const gathered = useGathered(
    filter,
    [...FILTERS.map((key) => filter[key]), zone()],
    { again: () => false }, // many requests, of which hardly one has news
  );
  const days = addDays(gathered.rows);
  const withBefore = days.some((day) => day.before > 0);
  return h(
    "div",
    null,
    h(Filter, { view: "days", filter, go, states: false }),
    h(Trouble, { error: gathered.error }),
    h(Gathered, { gathered }),
    days.length > 0 && h(DayChart, { days }),
    days.length > 0 &&
      h(
        "p",
        { className: "dim" },
        days.length > DRAWN ? `The newest ${count(DRAWN)} of ${count(days.length)} days; the table has all. ` : "",
        "Bars: events by fate. Line: the share accepted of what was read, from 0 to 100 %.",
      ),
    days.length > 0 &&
      h(Table, {
        label: "Events day by day",
        columns: [
          `day (${zone()})`,
          ["accounts"],
          ["read"],
          ...FATES.map((fate) => [fate, h(Fate, { fate })]),
          ["accepted of read"],
          ...(withBefore ? [["accepted before"]] : []),
        ],
        rows: days.map((day) => ({
          key: day.day,
          cells: [
            h(
              Link,
              {
                to: `${PAGE_PATH}?${new URLSearchParams({ ...(filter.like ? { like: filter.like } : {}), from: day.day, to: day.day })}`,
              },
              day.day,
            ),
            count(day.accounts),
            count(day.read),
            ...FATES.map((fate) => count(day[fate])),
            percent(day.accepted, day.read),
            ...(withBefore ? [count(day.before)] : []),
          ],
        })),
      }),
    h(LeftOut, { number: addUp(days, (day) => day.left) }),
    withBefore && h(Before),
  );
};

/** Read one page of exports, newest first. They are found by their operators: among other summaries they are few. */
const readExports = async (offset, look) => {
  const { task_instances: tasks, total_entries: total } = await call(
    `dags/~/dagRuns/~/taskInstances?limit=${PAGE_SIZE}&offset=${offset}&order_by=-start_date&${operatorsOf("export")}`,
    look,
  );
  const rows = await forEach(tasks, (task) =>
    readSummary(
      { ...listed({ ...task, key: "summary", timestamp: `${task.try_number} ${task.end_date}` }), task },
      look,
    ),
  );
  return {
    rows: rows.filter((row) => row.kind === "export"),
    total,
    next: offset + tasks.length,
    unread: rows.filter((row) => row.why),
    silent: rows.filter((row) => row.kind === null && !row.why).length,
  };
};
const Configuration = ({ offset, go }) => {
  const { data, error } = useLoaded((look) => readExports(offset, look), [offset]);
  const newest = offset === 0 ? data?.rows.find((row) => row.value.snapshot) : undefined;
  const byDay = Map.groupBy
    ? Map.groupBy(data?.rows ?? [], (row) => dayOf(row.told))
    : (data?.rows ?? []).reduce(
        (days, row) => days.set(dayOf(row.told), [...(days.get(dayOf(row.told)) ?? []), row]),
        new Map(),
      );
  return h(
    "div",
    null,
    h(Trouble, { error }),
    !data && !error && h(Status, null, "Loading …"),
    data &&
      h(
        Status,
        null,
        data.total
          ? `${plural(data.rows.length, "export")}; looked at ${count(offset + 1)} to ${count(data.next)} of ${plural(data.total, "task")}.`
          : "There is no export of any Dag that you may see.",
        data.silent ? ` ${plural(data.silent, "task has", "tasks have")} told nothing that you may see.` : "",
        ...remarks(data),
      ),
    newest &&
      h(
        "section",
        null,
        h("h3", null, "Newest snapshot"),
        h(
          "p",
          null,
          h(Time, { at: newest.told }),
          ", Dag ",
          h(Theirs, null, newest.place.dag),
          ", task ",
          h(TaskLink, { place: newest.place }),
        ),
        h(Boundary, null, h(Export, { row: newest })),
      ),
    data?.rows.length > 0 && h("h3", null, "Day by day"),
    [...byDay].map(([day, rows]) =>
      h(
        "section",
        { key: day },
        h("h4", null, day),
        rows.map((row) =>
          h(
            "div",
            { key: nameOf(row.place), className: "export" },
            h(
              "p",
              null,
              h(Time, { at: row.told }),
              ", Dag ",
              h(Theirs, null, row.place.dag),
              ", task ",
              h(TaskLink, { place: row.place }),
              ": ",
              h("b", null, difference(row.value)),
            ),
            list(row.value.rows).length > 0 && h(Boundary, null, h(Difference, { value: row.value })),
          ),
        ),
      ),
    ),
    h(Turning, { offset, found: data, turn: (to) => go({ view: "configuration", offset: to }) }),
  );
};

const VIEWS = { latest: "Latest", days: "Day by day", configuration: "Configuration" };
const isWhole = (value) => /^\d{1,9}$/.test(value);
/** What can be in the address, beside ids and a part of a Dag's name: a test, and what it is that does not pass it. */
const IN_ADDRESS = {
  view: [(value) => Object.hasOwn(VIEWS, value), "no view of this page"],
  kind: [(value) => Object.hasOwn(KINDS, value), "no kind of summary"],
  state: [(value) => Object.hasOwn(STATES, value), "no state"],
  from: [isDay, `no day from ${FIRST_DAY} to ${LAST_DAY}`],
  to: [isDay, `no day from ${FIRST_DAY} to ${LAST_DAY}`],
  offset: [isWhole, "no number of a summary"],
  index: [(value) => isWhole(value) || value === "-1", "no map index"],
};
/** Return what of the address is taken, and say why the rest is not. */
const readAddress = (params) => {
  const all = [...params.keys()].map((name) => [name, params.get(name)]);
  const taken = Object.fromEntries(all.filter(([, value]) => value));
  const refused = [];
  for (const [name, [isGood, what]] of Object.entries(IN_ADDRESS)) {
    if (taken[name] === undefined || isGood(taken[name])) continue;
    refused.push(sentence`${name}=${text(taken[name], 80)} is ${what}`);
    delete taken[name];
  }
  if (taken.from > taken.to) refused.push("no day is both from the one and to the other");
  if (taken.task && !(taken.dag && taken.run)) refused.push("a task needs its Dag and run beside it");
  return { taken, refused };
};
const Refused = ({ refused }) =>
  refused.length > 0 &&
  h(
    "p",
    { className: "bad", role: "alert" },
    "Not all of this address can be heeded: ",
    ...refused.flatMap((each, i) => (i ? ["; ", each] : [each])),
    ".",
  );
const Page = () => {
  const [params, setParams] = useSearchParams();
  const { taken, refused } = readAddress(params);
  const given = (name) => taken[name];
  const [dag, run, task] = [given("dag"), given("run"), given("task")];
  const whole = (name, otherwise) => (isWhole(taken[name]) ? Number(taken[name]) : otherwise);
  const go = (wanted) => setParams(new URLSearchParams(wanted));
  const view = dag && run ? undefined : (given("view") ?? "latest");
  const filter = Object.fromEntries(FILTERS.map((key) => [key, given(key)]).filter(([, value]) => value));
  if (dag && !run) filter.like ??= dag;
  const offset = whole("offset", 0);
  return h(
    "div",
    null,
    h(
      "nav",
      { "aria-label": "Genesys Cloud" },
      Object.entries(VIEWS).map(([name, label]) =>
        h(
          Link,
          {
            key: name,
            to: name === "latest" ? PAGE_PATH : `${PAGE_PATH}?view=${name}`,
            "aria-current": name === view ? "page" : undefined,
          },
          label,
        ),
      ),
    ),
    h(Refused, { refused }),
    h(
      Boundary,
      { key: JSON.stringify([view, dag, run, task, given("index"), filter]) },
      dag && run && task
        ? h(One, { place: { dag, run, task, index: whole("index", -1) } })
        : dag && run
          ? h(Run, { dag, run })
          : h(
              "div",
              null,
              h(Heading, null, `Genesys Cloud: ${VIEWS[view].toLowerCase()}`),
              view === "latest" && offset === 0 && h(Boundary, null, h(Now)),
              view === "latest"
                ? h(Latest, { filter, go, offset })
                : view === "days"
                  ? h(Days, { filter, go })
                  : h(Configuration, { offset, go }),
            ),
    ),
  );
};

// --- What Airflow takes ------------------------------------------------------------------------------------------------

const STYLE = `
.genesys-cloud {
  --good: #237a33;
  --bad: #c92a2a;
  --link: #1864ab;
  --dim: #5c636a;
  --line: #8886;
  padding: 16px;
  height: 100%;
  overflow: auto;
  position: relative;
  font-size: 14px;
  line-height: 1.5;
  container-type: inline-size;
  h2 { font-size: 18px; font-weight: 600; margin: 8px 0; outline: none; overflow-wrap: anywhere; }
  h3 { font-size: 15px; font-weight: 600; margin: 18px 0 6px; }
  h4 { font-weight: 600; margin: 12px 0 2px; }
  table { border-collapse: collapse; width: 100%; margin: 6px 0; }
  th { font-weight: 600; color: var(--dim); white-space: nowrap; }
  th, td { text-align: left; padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  :is(bdi, code) { overflow-wrap: anywhere; }
  [data-label="what"] { min-width: 12em; }
  [data-label="fate"] { min-width: 6em; }
  :is([data-label="Dag"], [data-label="run"], [data-label="task"]) { min-width: 7em; }
  [data-label^="day ("] { white-space: nowrap; }
  .n { text-align: right; font-variant-numeric: tabular-nums; }
  .dim { color: var(--dim); }
  small { display: block; font-size: 12px; }
  svg { width: 100%; border-radius: 3px; display: block; }
  .days { max-width: 900px; height: auto; }
  text { fill: var(--dim); font-size: 11px; }
  code { font-family: monospace; font-size: 13px; }
  i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin-right: 6px; }
  a { color: var(--link); text-decoration: underline; }
  ul { list-style: disc; padding-left: 20px; }
  nav { display: flex; flex-wrap: wrap; gap: 4px 16px; border-bottom: 1px solid var(--line); padding-bottom: 6px; }
  nav a[aria-current] { font-weight: 600; color: inherit; text-decoration: none; }
  del { color: var(--bad); text-decoration: none; }
  ins { color: var(--good); text-decoration: none; }
  .bad { color: var(--bad); }
  .good { color: var(--good); }
  .accepted { --c: #2f9e44; }
  .rejected { --c: #e03131; }
  .invalid { --c: #f08c00; }
  .unknown { --c: #9c36b5; }
  .duplicate { --c: #868e96; }
  .pending { --c: #1c7ed6; }
  rect { fill: var(--c); }
  i { background: var(--c); }
  polyline.share { fill: none; stroke: currentColor; stroke-width: 2; }
  circle.share { fill: currentColor; }
  form { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: end; margin: 10px 0; }
  label { display: flex; flex-direction: column; font-size: 12px; color: var(--dim); }
  input, select, button { border: 1px solid var(--line); border-radius: 6px; padding: 4px 10px; min-height: 32px; font-size: 14px; color: var(--chakra-colors-fg, inherit); background: var(--chakra-colors-bg, transparent); }
  button { margin-right: 8px; cursor: pointer; }
  button[aria-disabled] { opacity: 0.5; cursor: default; }
  :is(a, button, select, summary):focus-visible, input:focus-within { outline: 2px solid var(--link); outline-offset: 2px; }
  @container (max-width: 700px) {
    table, tbody, tr, td { display: block; }
    thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
    tr { border-bottom: 1px solid var(--line); padding: 8px 0; }
    td, td.n { border: 0; padding: 1px 0; text-align: left; }
    td[data-label]:not([data-label=""])::before { content: attr(data-label) ": "; color: var(--dim); }
  }
}
.dark .genesys-cloud { --good: #69db7c; --bad: #ff8787; --link: #74c0fc; --dim: #adb5bd; }
.dark .genesys-cloud input, .dark .genesys-cloud select { color-scheme: dark; }
`;
const app = (Inner) => (props) => {
  useZone();
  return h(
    "div",
    { className: "genesys-cloud", "data-testid": "genesys" },
    h("style", null, STYLE),
    h(Boundary, null, h(Inner, props)),
  );
};

globalThis["Genesys Cloud"] = app(Page);
globalThis.Genesys = app(({ dagId, runId, taskId, mapIndex }) =>
  h(One, { place: { dag: dagId, run: runId, task: taskId, index: Number(mapIndex ?? -1) } }),
);
