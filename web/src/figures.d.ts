/** All figures of the course, each of which registers itself; made by bundle.mjs. */
declare module "looplab/figures" {}
