import { classifierService } from "../lib/service/classifier_service.ts";
import { proxyMain } from "./proxy_main.ts";

await proxyMain("classifier", classifierService);
