/** The version of the client, as in package.json. */
export const VERSION = "0.1.0";
