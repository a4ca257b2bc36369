/** How Ollama names models: without a tag, `latest` is meant. */
import { MindError } from "./errors.ts";
import { modelNameCharsMax } from "./limits.ts";

/** The name with its tag, so that `smollm2` and `smollm2:latest` are equal. */
export function fullModelName(model: string): string {
  const last = model.slice(model.lastIndexOf("/") + 1);
  return last.includes(":") ? model : `${model}:latest`;
}

/** The name as people write it: `smollm2:latest` is `smollm2`. */
export function shortModelName(model: string): string {
  return model.endsWith(":latest") ? model.slice(0, -":latest".length) : model;
}

export function sameModel(one: string, other: string): boolean {
  return fullModelName(one) === fullModelName(other);
}

/** @throws MindError `model_name_invalid` */
export function checkModelName(model: string): string {
  if (model.length > modelNameCharsMax || !/^[\w][\w.\-/]*(:[\w.\-]+)?$/.test(model)) {
    throw new MindError("model_name_invalid", `Cannot use "${model.slice(0, 80)}" as the name of a model`, {
      hint: "A model is named like phi3:3.8b.",
      details: { model: model.slice(0, modelNameCharsMax) },
    });
  }
  return model;
}
