using System.Runtime.InteropServices;
using System.Text;
using GpuPerceptron.Data;

namespace GpuPerceptron.Bench;

/// <summary>Writes samples for NumPy, so that other trainers can be measured on the same ones.</summary>
internal static class NpyFile
{
    private const int HeaderAlignment = 64;

    /// <summary>Writes X.npy (samples × features) and y.npy (samples), float32.</summary>
    public static void Save(Dataset dataset, DirectoryInfo folder)
    {
        folder.Create();
        using var features = Create(folder, "X.npy", $"({dataset.Samples}, {dataset.Features})");
        using var labels = Create(folder, "y.npy", $"({dataset.Samples},)");
        foreach (var block in dataset.Blocks)
        {
            for (int i = 0; i < block.Rows; i++)
            {
                labels.Write(BitConverter.GetBytes((float)block.Labels[i]));
                features.Write(MemoryMarshal.AsBytes(block.Row(i)));
            }
        }
    }

    /// <summary>Opens a file and writes the header of format version 1.0 (NumPy's neps/nep-0001-npy-format).</summary>
    private static BufferedStream Create(DirectoryInfo folder, string name, string shape)
    {
        const int Magic = 10; // bytes before the text: \x93NUMPY, the version, the text's length
        string text = $"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}";
        int length = (Magic + text.Length + 1 + HeaderAlignment - 1) / HeaderAlignment * HeaderAlignment - Magic;
        var stream = new BufferedStream(File.Create(Path.Combine(folder.FullName, name)), 1 << 20);
        stream.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)length, (byte)(length >> 8)]);
        stream.Write(Encoding.ASCII.GetBytes(text.PadRight(length - 1) + "\n"));
        return stream;
    }
}
