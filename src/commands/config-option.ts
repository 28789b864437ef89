import { Option } from "commander";

/** Options of commands that read the settings. */
export interface FromFile {
  readonly config?: string;
}

export function configOption(): Option {
  return new Option("--config <file>", "the YAML settings file (default: that of TURNPIKE_CONFIG)");
}
