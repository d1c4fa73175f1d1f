/** The one script of the pages. */

import "looplab/figures";
import { follow, start } from "./figure/page";

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => start());
else start();
window.addEventListener("hashchange", follow);
