import type { DescExtension, DescFile } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";

/** Finds the proto file that holds something, among some files and all they import. */
export class FileIndex {
  readonly #byName = new Map<string, DescFile>();
  readonly #bySymbol = new Map<string, DescFile>();
  /** By the full name of the type that is extended, then by number. */
  readonly #extensions = new Map<string, Map<number, DescFile>>();

  constructor(files: readonly DescFile[]) {
    for (const file of files) this.#add(file);
  }

  byName(name: string): DescFile | undefined {
    return this.#byName.get(name);
  }

  /** @param symbol - full name of a message, enum, service, method, field, enum value or extension */
  bySymbol(symbol: string): DescFile | undefined {
    return this.#bySymbol.get(symbol.replace(/^\./, ""));
  }

  byExtension(typeName: string, number: number): DescFile | undefined {
    return this.#extensions.get(typeName)?.get(number);
  }

  /** Numbers of the known extensions of a type, in ascending order. */
  extensionNumbers(typeName: string): readonly number[] {
    return [...(this.#extensions.get(typeName)?.keys() ?? [])].sort((a, b) => a - b);
  }

  #add(file: DescFile): void {
    if (this.#byName.has(file.proto.name)) return;
    this.#byName.set(file.proto.name, file);
    for (const type of nestedTypes(file)) {
      this.#bySymbol.set(type.typeName, file);
      if (type.kind === "extension") this.#addExtension(type, file);
      for (const member of membersOf(type)) this.#bySymbol.set(member, file);
    }
    for (const dependency of file.dependencies) this.#add(dependency);
  }

  #addExtension(extension: DescExtension, file: DescFile): void {
    const { typeName } = extension.extendee;
    const numbers = this.#extensions.get(typeName) ?? new Map<number, DescFile>();
    this.#extensions.set(typeName, numbers.set(extension.number, file));
  }
}

function membersOf(type: ReturnType<typeof nestedTypes> extends Iterable<infer T> ? T : never): readonly string[] {
  switch (type.kind) {
    case "message":
      return [...type.fields, ...type.oneofs].map(({ name }) => `${type.typeName}.${name}`);
    case "service":
      return type.methods.map(({ name }) => `${type.typeName}.${name}`);
    case "enum":
      // Values of an enum are siblings of the enum, not its children, in the naming of protobuf.
      return type.values.map(({ name }) => `${type.parent?.typeName ?? type.file.proto.package}.${name}`);
    default:
      return [];
  }
}
