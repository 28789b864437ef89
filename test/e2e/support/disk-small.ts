/** A small disk in memory that a test may fill, and why there is none where there is none. */
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Null when a file system can be mounted here. */
export function whyNoSmallDisk(): string | null {
  if (process.platform !== "linux") return "tmpfs is for Linux";
  const folder = mkdtempSync(join(tmpdir(), "turnpike-mount-"));
  try {
    new SmallDisk(folder, 1)[Symbol.dispose]();
    return null;
  } catch {
    return "mounting is not allowed";
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Mounted over a folder, which looks empty from then on. */
export class SmallDisk implements Disposable {
  readonly #folder: string;
  readonly #filler: string;

  /** `files`: how many it can hold, its own folder among them; as many as there is room for by default. */
  constructor(folder: string, megabytes: number, { files = 0 } = {}) {
    this.#folder = folder;
    this.#filler = join(folder, "filler");
    run("mount", "-t", "tmpfs", "-o", `size=${megabytes}m,nr_inodes=${files}`, "turnpike-test", folder);
  }

  /** Another file takes every byte that is left. */
  fill(): void {
    const file = openSync(this.#filler, "a");
    for (const size of [256 * 1024, 4096]) {
      while (hasRoomFor(file, size));
    }
    closeSync(file);
  }

  makeRoom(): void {
    rmSync(this.#filler);
  }

  /** Nothing can be written there any more. */
  protect(): void {
    run("mount", "-o", "remount,ro", this.#folder);
  }

  /** Also while a process has files open there: the disk ends with that process. */
  [Symbol.dispose](): void {
    run("umount", "-l", this.#folder);
  }
}

function hasRoomFor(file: number, size: number): boolean {
  try {
    return writeSync(file, Buffer.alloc(size)) === size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
    throw error;
  }
}

function run(command: string, ...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}
