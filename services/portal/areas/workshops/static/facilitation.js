/** The facilitator's console follows all groups and sends in place. */

import { stayInPlace } from "./workshop-page.js";

const page = document.getElementById("facilitation-page");
if (page) stayInPlace(page);
