import { regressionService } from "../lib/service/regression_service.ts";
import { proxyMain } from "./proxy_main.ts";

await proxyMain("regression", regressionService);
