import type { MessageInitShape } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { OperationError } from "@gantry/api";
import { type CreateTokenRequest, Role, type TokenSchema, type TokenService } from "@gantry/api/gantry/access/v1";
import { dateToMessage } from "@gantry/api/wire";
import type { Role as RoleWord } from "../access/role.ts";
import type { NewToken, Tokens } from "../access/tokens.ts";
import type { TokenRecord } from "../store/token-table.ts";

const words: ReadonlyMap<Role, RoleWord> = new Map([
  [Role.READER, "reader"],
  [Role.OPERATOR, "operator"],
  [Role.ADMIN, "admin"],
]);

/** Serves `gantry.access.v1.TokenService`. */
export function createTokenService(tokens: Tokens): ServiceImpl<typeof TokenService> {
  return {
    createToken: (request) => {
      const { token, secret } = tokens.create(newTokenFrom(request));
      return { token: tokenToMessage(token), secret };
    },
    listTokens: () => ({ tokens: tokens.list().map(tokenToMessage) }),
    deleteToken: ({ id }) => {
      tokens.delete(id);
      return {};
    },
  };
}

function newTokenFrom(request: CreateTokenRequest): NewToken {
  const { name, allNamespaces, lifetimeSeconds } = request;
  const wrong = (detail: string) => new OperationError("invalid-argument", { type: "token", id: name }, detail);
  const role = words.get(request.role);
  if (role === undefined) throw wrong("needs a role");
  if (allNamespaces && request.namespaces.length > 0) throw wrong("is either for some namespaces or for all of them");
  const namespaces = allNamespaces ? "all" : new Set(request.namespaces);
  return { name, role, namespaces, lifetimeMs: lifetimeSeconds === 0 ? null : lifetimeSeconds * 1000 };
}

function tokenToMessage(token: TokenRecord): MessageInitShape<typeof TokenSchema> {
  const { id, name, namespaces, createdAt, expiresAt } = token;
  const [role] = [...words].find(([, word]) => word === token.role) ?? [Role.UNSPECIFIED];
  return {
    ...{ id, name, role },
    namespaces: namespaces === "all" ? [] : [...namespaces],
    allNamespaces: namespaces === "all",
    createdAt: dateToMessage(createdAt),
    ...(expiresAt !== null && { expiresAt: dateToMessage(expiresAt) }),
  };
}
