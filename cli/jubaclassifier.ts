import { classifierType } from "../lib/engine/classifier/classifier_engine.ts";
import { serverMain } from "./server_main.ts";

await serverMain(classifierType);
