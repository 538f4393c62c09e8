/**
 * WebGPU on the driver that VK_DRIVER_FILES or VK_ICD_FILENAMES names, or else on SwiftShader,
 * which computes on processors: a machine's own GPU is used when its driver is asked for.
 */
import { existsSync } from 'node:fs'

import type { GpuDevice } from '../../dist/index.js'

/** Where Debian's chromium-common has it. */
const SWIFTSHADER = '/usr/lib/chromium/vk_swiftshader_icd.json'

export interface Found {
  gpu?: GPU | undefined
  /** What it computes on, or why there is none. */
  what: string
}

/** Has Vulkan's loader find a driver, in this process and those that it starts. */
export function chooseDriver(): void {
  const { env } = process
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || !existsSync(SWIFTSHADER)) return
  env.VK_ICD_FILENAMES = SWIFTSHADER
}

/** Opens WebGPU, or says what there is not. The process goes on while anybody has `gpu`. */
export async function findGpu(): Promise<Found> {
  chooseDriver()
  const dawn = await import('webgpu').catch((error: Error) => error)
  if (dawn instanceof Error) return { what: `'webgpu' from npm cannot be loaded: ${dawn}` }
  Object.assign(globalThis, dawn.globals)
  const gpu = dawn.create([])
  const adapter = await gpu.requestAdapter()
  if (adapter === null) return { what: 'no Vulkan driver (Debian: chromium-common)' }
  return { gpu, what: `${adapter.info.architecture}, ${adapter.info.description}` }
}

/** A device of its own for each test; losing one leaves all others. */
export async function openDevice(gpu: GPU): Promise<GPUDevice & GpuDevice> {
  const adapter = await gpu.requestAdapter()
  if (adapter === null) throw new Error('the adapter has gone')
  return await adapter.requestDevice()
}

/** A buffer that shaders write, and one that takes its place in this program's memory. */
export interface Buffers {
  readonly storage: GPUBuffer
  readonly mapped: GPUBuffer
}

export function makeBuffers(device: GPUDevice, bytes: number): Buffers {
  const { COPY_DST, COPY_SRC, MAP_READ, STORAGE } = GPUBufferUsage
  return {
    storage: device.createBuffer({ size: bytes, usage: STORAGE | COPY_SRC | COPY_DST }),
    mapped: device.createBuffer({ size: bytes, usage: MAP_READ | COPY_DST }),
  }
}

/** What `mapped` has, copied. */
export async function read({ mapped }: Buffers): Promise<Uint32Array> {
  await mapped.mapAsync(GPUMapMode.READ)
  const values = new Uint32Array(mapped.getMappedRange().slice(0))
  mapped.unmap()
  return values
}

/** out[i] = out[i]² + i, after so many rounds of arithmetic that nobody can leave out. */
const SHADER = `
  override rounds: u32 = 0;
  @group(0) @binding(0) var<storage, read_write> out: array<u32>;

  @compute @workgroup_size(1) fn square(@builtin(global_invocation_id) id: vec3u) {
    var value = out[id.x];
    for (var i = 0u; i < rounds; i++) {
      value = (value ^ (value >> 7u)) * 1664525u + 1013904223u;
    }
    out[id.x] = value * value + id.x;
  }
`

/** Submits the shader for all that `storage` holds, and a copy to `mapped`. */
export function squareOn(device: GPUDevice, rounds = 0): (buffers: Buffers) => void {
  const pipeline = device.createComputePipeline({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: SHADER }), constants: { rounds } },
  })
  return ({ storage, mapped }) => {
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 0, resource: { buffer: storage } }],
    })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(storage.size / Uint32Array.BYTES_PER_ELEMENT)
    pass.end()
    encoder.copyBufferToBuffer(storage, 0, mapped, 0, mapped.size)
    device.queue.submit([encoder.finish()])
  }
}
