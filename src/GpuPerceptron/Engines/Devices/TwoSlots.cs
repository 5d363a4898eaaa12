using ILGPU.Runtime;

namespace GpuPerceptron.Engines.Devices;

/// <summary>A block of samples on its way to a device: in page-locked memory, and in the device's.</summary>
internal interface IStreamSlot : IDisposable
{
    /// <summary>Copies a block to the page-locked memory; nothing of it may be on its way from there.</summary>
    /// <param name="block">The block's number.</param>
    void Read(int block);

    /// <summary>Starts to send what was read.</summary>
    /// <param name="stream">The stream of copies.</param>
    void Send(AcceleratorStream stream);
}

/// <summary>Brings blocks to a device's memory in turn, while its kernels work on the block before.</summary>
/// <remarks>
/// There are two of everything. While the kernels work on block k in one slot of the device's memory, block k + 1 is on its way over
/// the bus to the other slot, and the host fills the page-locked memory that the slot's block came from with block k + 2:
/// <code>
/// host      read k + 2 to locked memory | wait for both, then start the next two
/// copies    k + 1 → slot (k + 1) mod 2
/// kernels   pass over k, in slot k mod 2
/// </code>
/// On paper the bus is the limit: a block of 16 MB takes 0.3 ms at the 50 GB/s of PCIe 5, 1 ms to read at the 16 GB/s of one core and
/// 0.3 ms on four, and a few microseconds of a GPU's time.
/// </remarks>
/// <typeparam name="TSlot">A slot.</typeparam>
internal sealed class TwoSlots<TSlot> : IDisposable
    where TSlot : IStreamSlot
{
    private readonly AcceleratorStream _kernels;
    private readonly AcceleratorStream _copies;
    private readonly TSlot[] _slots;

    /// <summary>Allocates the slots. Where that fails, the device's disposal frees the rest.</summary>
    /// <param name="accelerator">The device.</param>
    /// <param name="create">Makes a slot.</param>
    public TwoSlots(Accelerator accelerator, Func<TSlot> create)
    {
        _kernels = accelerator.DefaultStream;
        _copies = accelerator.CreateStream();
        _slots = [create(), create()];
    }

    /// <summary>All blocks, in order: the kernels of each are to be launched before the next is asked for.</summary>
    /// <param name="blocks">How many.</param>
    public IEnumerable<(int Block, TSlot Slot)> InTurn(int blocks)
    {
        _slots[0].Read(0);
        _slots[0].Send(_copies);
        for (int k = 0; k < blocks; k++)
        {
            var (slot, other) = (_slots[k % 2], _slots[(k + 1) % 2]);
            if (k + 1 < blocks) other.Read(k + 1);
            _copies.Synchronize();  // block k is there
            _kernels.Synchronize(); // and nobody needs block k − 1 any more
            if (k + 1 < blocks) other.Send(_copies);
            yield return (k, slot);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var slot in _slots)
            slot.Dispose();
        _copies.Dispose();
    }
}
