/** What is wrong with a database's file before it is opened: `start` refuses a fault and logs a warning, `doctor` shows both. */
import { existsSync, readFileSync, realpathSync, type Stats, statfsSync, statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { type Finding, fault, warning } from "../../core/finding.ts";

// Linux statfs magic numbers (statfs(2)) …
/** … of file systems whose locks and fsyncs can't be trusted … */
const NETWORK_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x6969, "NFS"],
  [0x517b, "SMB"],
  [0xfe534d42, "SMB2"],
  [0xff534d42, "CIFS"],
  [0x5346414f, "AFS"],
  [0x00c36400, "Ceph"],
]);

/** … and of those that are in memory. */
const MEMORY_FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0x01021994, "tmpfs"],
  [0x858458f6, "ramfs"],
]);

/** Only what is wrong. Reads, and opens no database. */
export function checkFile(file: string): readonly Finding[] {
  return [...checkFileSystem(nearestFolder(file)), ...(existsSync(file) ? checkExisting(file) : checkMissing(file))];
}

/** The file's folder, or its nearest existing ancestor. */
export function nearestFolder(file: string): string {
  let folder = dirname(resolve(file));
  while (!existsSync(folder)) folder = dirname(folder);
  return folder;
}

function checkExisting(file: string): readonly Finding[] {
  const stats = statSync(file);
  if (!stats.isFile()) return [];
  return [...checkLinks(file, stats), ...checkMount(file), ...checkEmpty(file, stats), ...checkReaders(file, stats)];
}

function checkFileSystem(folder: string): readonly Finding[] {
  const { type } = statfsSync(folder);
  const network = NETWORK_FILE_SYSTEMS.get(type);
  if (network !== undefined) {
    return [
      fault("database-disk", {
        found: `${folder} is on ${network}, a network file system.`,
        why: "SQLite's locks and fsyncs can't be trusted there: what was acked may be lost.",
        advice: "Put the file on a local disk, or use PostgreSQL.",
      }),
    ];
  }
  const memory = MEMORY_FILE_SYSTEMS.get(type);
  if (memory === undefined) return [];
  return [
    warning("database-memory", {
      found: `${folder} is on ${memory}, which is in memory.`,
      why: "Everything that was acked is gone after a restart of the machine or the container.",
      advice: "Put the file on a disk; in a container, on a volume.",
    }),
  ];
}

/** SQLite's log is beside the name by which the file was opened: each name has a log and a lock of its own. */
function checkLinks(file: string, { nlink }: Stats): readonly Finding[] {
  if (nlink < 2) return [];
  return [
    fault("database-links", {
      found: `${file} has ${nlink} names (hard links).`,
      why: "A process that opens it by another name has another log and another lock, and both would damage the file.",
      advice: `Find the other names (find / -xdev -samefile ${file}) and delete them, or make a copy: cp, then mv it into place.`,
    }),
  ];
}

/** A bind mount of the single file, as by `docker run -v /host/turnpike.db:/data/turnpike.db`. */
function checkMount(file: string): readonly Finding[] {
  if (!mountPoints().includes(realpathSync(file))) return [];
  return [
    fault("database-mount", {
      found: `${file} is mounted by itself: a bind mount of the single file.`,
      why: "Its log and its lock are beside it, outside of the mount: the log is lost with the container, and no other process sees the lock.",
      advice: "Mount the folder that it is in.",
    }),
  ];
}

/** On Linux: every mount point of this process (proc_pid_mountinfo(5): the fifth field, with octal escapes). */
function mountPoints(): readonly string[] {
  if (process.platform !== "linux") return [];
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trim().split("\n");
  return lines.map((line) =>
    (line.split(" ")[4] ?? "").replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
  );
}

/** SQLite takes an empty file for a new database, and deletes a log beside it. */
function checkEmpty(file: string, { size }: Stats): readonly Finding[] {
  if (size > 0) return [];
  if (hasLog(file)) return [lostItsLog(file, "is empty")];
  return [
    warning("database-empty", {
      found: `${file} is empty: 0 bytes.`,
      why: "A new database is made in it. If there was one in it before, its messages are lost.",
      advice: "Restore a backup if there should be one; a file that was just made is no trouble.",
    }),
  ];
}

function checkMissing(file: string): readonly Finding[] {
  return hasLog(file) ? [lostItsLog(file, "is missing")] : [];
}

function hasLog(file: string): boolean {
  const log = `${existsSync(file) ? realpathSync(file) : file}-wal`;
  return (statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function lostItsLog(file: string, what: "is empty" | "is missing"): Finding {
  return fault("database-lost", {
    found: `${file} ${what}, and its log ${file}-wal is not.`,
    why: "The log belongs to a database that was deleted or cut off. SQLite would delete it, with what was acked in it.",
    advice: `Restore ${basename(file)} from a backup together with its log, or move the log away to begin anew.`,
  });
}

const OTHERS = 0o007;
const OTHERS_MAY_ENTER = 0o001;

function checkReaders(file: string, { mode }: Stats): readonly Finding[] {
  if (process.platform === "win32" || (mode & OTHERS) === 0 || !isReachableByOthers(dirname(realpathSync(file))))
    return [];
  return [
    warning("database-readers", {
      found: `${file} may be read by every user of this machine (mode ${(mode & 0o777).toString(8).padStart(4, "0")}).`,
      why: "It holds what people write and who they are.",
      advice: `chmod 600 ${file}*`,
    }),
  ];
}

function isReachableByOthers(folder: string): boolean {
  if ((statSync(folder).mode & OTHERS_MAY_ENTER) === 0) return false;
  const parent = dirname(folder);
  return parent === folder || isReachableByOthers(parent);
}
