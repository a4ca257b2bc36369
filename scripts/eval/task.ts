/** The tasks on which writers of methods are measured: data, checked when it is read. */
import { z } from "zod";
import tasks from "./tasks.json" with { type: "json" };

const taskSchema = z.object({
  id: z.string(),
  /** Ever harder; `refuse` must not become a method at all. */
  level: z.enum(["pure", "collection", "messages", "effects", "refuse"]),
  /** Of the receiver, in wire form; `{"$ref": name}` names one of the others. */
  slots: z.record(z.string(), z.json()),
  others: z.record(z.string(), z.record(z.string(), z.json())).optional(),
  selector: z.string(),
  arguments: z.array(z.json()),
  answer: z.json().optional(),
  /** Where time or chance has a part in the answer. */
  answerType: z.enum(["number"]).optional(),
  /** Slots of the receiver afterwards. */
  after: z.record(z.string(), z.json()).optional(),
  /** Sent when the method is there: what answered one message by heart fails these. */
  more: z.array(z.object({ arguments: z.array(z.json()), answer: z.json() })).optional(),
  /** A method that is right, or, for what must be refused, one that does the harm. Never shown to a writer. */
  reference: z.object({ source: z.string(), effects: z.array(z.string()) }),
});
export type EvalTask = z.infer<typeof taskSchema>;

export function readTasks(): EvalTask[] {
  return z.object({ tasks: z.array(taskSchema) }).parse(tasks).tasks;
}
