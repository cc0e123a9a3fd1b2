// For those who use or keep content and images.
export type {
  Content,
  ContentCommitOptions,
  ContentInfo,
  ContentStore,
  ContentWriter,
  IngestInfo,
  ReadOptions,
  WriterOptions,
} from "../content.ts";
export type {
  Descriptor,
  ImageOperations,
  ImageProgress,
  ImportedImage,
  ImportOptions,
  Platform,
  ResolvedImage,
  UnpackOptions,
} from "../images.ts";
