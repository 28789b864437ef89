import { Option } from "commander";

/** Of the commands that read settings. */
export interface FromFile {
  readonly config?: string;
}

export function configOption(): Option {
  return new Option("--config <file>", "the YAML file; without it, the one that TURNPIKE_CONFIG names");
}
