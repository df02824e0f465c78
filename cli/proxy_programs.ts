/** All proxies as one executable file. */
import { runByName } from "./program_by_name.ts";

await runByName({
  jubaclassifier_proxy: () => import("./jubaclassifier_proxy.ts"),
  jubaregression_proxy: () => import("./jubaregression_proxy.ts"),
  jubastat_proxy: () => import("./jubastat_proxy.ts"),
});
