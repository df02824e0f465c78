/** All servers as one executable file. */
import { runByName } from "./program_by_name.ts";

await runByName({
  jubaclassifier: () => import("./jubaclassifier.ts"),
  jubaregression: () => import("./jubaregression.ts"),
  jubastat: () => import("./jubastat.ts"),
});
