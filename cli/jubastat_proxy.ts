import { statService } from "../lib/service/stat_service.ts";
import { proxyMain } from "./proxy_main.ts";

await proxyMain("stat", statService);
