import { testConformance } from "../support/conformance.ts";

testConformance("stat");
