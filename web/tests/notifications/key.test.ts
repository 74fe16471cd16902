import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { vapidKeyOf } from "../../src/notifications/key.js";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const DER = publicKey.export({ type: "spki", format: "der" });
const POINT = DER.subarray(-65);
const PEM = publicKey.export({ type: "spki", format: "pem" }) as string;
const URL64 = POINT.toString("base64url");

test.each([
  ["base64url", URL64],
  ["padding", `${URL64}=`],
  ["base64", POINT.toString("base64")],
  ["quotes", `"${URL64}"`],
  ["single quotes and spaces", ` '${URL64}' \n`],
  ["line breaks", `${URL64.slice(0, 40)}\r\n${URL64.slice(40)}\n`],
  ["line breaks of an .env file", `${URL64.slice(0, 40)}\\n${URL64.slice(40)}`],
  ["DER", DER.toString("base64")],
  ["PEM", PEM],
  ["PEM on one line", PEM.replaceAll("\n", "\\n")],
  ["PEM in quotes", `"${PEM.trim()}"`],
])("a key with %s is taken", (_, text) => {
  expect(Buffer.from(vapidKeyOf(text))).toEqual(POINT);
});

const RSA = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey;
const P384 = generateKeyPairSync("ec", { namedCurve: "P-384" }).publicKey;

test.each([
  ["a private key", privateKey.export({ type: "pkcs8", format: "pem" }) as string],
  ["a ec private key", privateKey.export({ type: "sec1", format: "pem" }) as string],
  ["another kind of key", privateKey.export({ type: "sec1", format: "der" }).toString("base64")],
  ["as long as a private key", (privateKey.export({ format: "jwk" }) as { d: string }).d],
  ["another kind of key", RSA.export({ type: "spki", format: "pem" }) as string],
  ["another kind of key", P384.export({ type: "spki", format: "pem" }) as string],
  ["a certificate", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"],
  ["JSON", JSON.stringify(publicKey.export({ format: "jwk" }))],
  ["not base64url", "my key!"],
  ["64 bytes long", POINT.subarray(1).toString("base64url")],
  ["0 bytes long", ""],
])("what is %s is named", (what, text) => {
  expect(() => vapidKeyOf(text)).toThrow(
    expect.objectContaining({ message: expect.stringContaining(what) as string }),
  );
});
